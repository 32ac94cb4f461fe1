//! Whom to trust over `https`.

use std::{path::Path, sync::Arc};

use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, pem::PemObject as _},
    },
};

pub(crate) type Tls = TlsConnector;

/// Trusts the certificates in `file`, or the system's; `None` where nobody has to be trusted.
pub(crate) fn configuration(scheme: &str, file: Option<&Path>) -> Result<Option<Tls>, String> {
    let roots = match file {
        // Also where it is not needed: a name that is wrong is wrong.
        Some(file) => read(file).map_err(|why| format!("--cacert {}: {why}", file.display()))?,
        None if scheme == "http" => return Ok(None),
        // What is wrong with some of them matters to those alone who need them, and the connection will say so.
        None => rustls_native_certs::load_native_certs().certs,
    };
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(roots);
    let mut configuration = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(store)
        .with_no_client_auth();
    configuration.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((scheme == "https").then(|| TlsConnector::from(Arc::new(configuration))))
}

fn read(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates: Vec<_> = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect)
        .map_err(|error| error.to_string())?;
    if certificates.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    Ok(certificates)
}
