//! The certificates that are trusted for `https`.

use std::{cell::OnceCell, path::Path, sync::Arc};

use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, pem::PemObject as _},
    },
};

/// The certificates in a file, or the system's, which are read when they are needed.
pub(crate) struct Trust {
    given: Option<Vec<CertificateDer<'static>>>,
    connector: OnceCell<TlsConnector>,
}

impl Trust {
    /// Trusts the certificates in `file`, or the system's.
    pub(crate) fn new(file: Option<&Path>) -> Result<Self, String> {
        let given = match file {
            Some(file) => {
                Some(read(file).map_err(|why| format!("--cacert {}: {why}", file.display()))?)
            }
            None => None,
        };
        Ok(Self {
            given,
            connector: OnceCell::new(),
        })
    }

    pub(crate) fn connector(&self) -> Result<&TlsConnector, String> {
        if let Some(connector) = self.connector.get() {
            return Ok(connector);
        }
        let roots = match &self.given {
            Some(given) => given.clone(),
            // An unreadable certificate matters only to connections that need it, and their error says so.
            None => rustls_native_certs::load_native_certs().certs,
        };
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(roots);
        let mut configuration =
            ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(|error| error.to_string())?
                .with_root_certificates(store)
                .with_no_client_auth();
        configuration.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(self
            .connector
            .get_or_init(|| TlsConnector::from(Arc::new(configuration))))
    }
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
