#[cors(origins = ["https://*.partner.example"], methods = ["GET"])]
pub struct Partners;
