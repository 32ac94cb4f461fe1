#[cors(origins = ["https://*.partner.example", dev("http://localhost:5173"), APP], methods = ["GET"])]
pub struct Partners;
