//! A prefix of a bucket in object storage. A file is created by a conditional write (`If-None-Match: *`).

use std::path::Path;

use crate::base::remote::object::Object;
use crate::base::remote::{Address, Put, RemoteError};
use crate::shards::store::{Created, Store, StoreError, StoreKind};

/// Runs in object storage.
pub static KIND: StoreKind = StoreKind {
    title: "a bucket (s3://, gs:// or az://bucket/run)",
    schemes: &["s3", "s3a", "gs", "az", "abfs", "abfss"],
    open,
};

struct Bucket {
    prefix: Address,
    object: Object,
}

fn open(address: &Path) -> Result<Box<dyn Store>, StoreError> {
    let wrong = |problem| StoreError::Address { problem, address: address.display().to_string() };
    let prefix = Address::of(address).ok_or_else(|| wrong("the address names no bucket"))?;
    if prefix.key().trim_matches('/').is_empty() {
        return Err(wrong("name a folder of the bucket for the run, like s3://bucket/run"));
    }
    let object = Object::open(&prefix)?;
    Ok(Box::new(Bucket { prefix, object }))
}

impl Bucket {
    fn at(&self, name: &str) -> Result<Object, RemoteError> {
        self.object.at(&self.prefix.join(name))
    }
}

impl Store for Bucket {
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.at(name)?.read()?)
    }

    fn create(&self, name: &str, content: &[u8]) -> Result<Created, StoreError> {
        Ok(match self.at(name)?.create(content)? {
            Put::New => Created::New,
            Put::Exists => Created::Exists,
        })
    }

    fn list(&self, folder: &str) -> Result<Vec<(String, u64)>, StoreError> {
        let entries = self.at(folder)?.list(false)?;
        let files = entries.into_iter().filter(|entry| !entry.address.is_prefix());
        Ok(files.map(|entry| (entry.address.name(), entry.size)).collect())
    }
}
