//! Objects by ranges, through `object_store`. Calls block; requests run on one small runtime of their own.

use std::io::Read as _;
use std::ops::Range;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::http::HttpBuilder;
use object_store::path::Path;
use object_store::{
    BackoffConfig, ClientOptions, GetOptions, GetRange, GetResult, ObjectMeta, ObjectStore,
    ObjectStoreExt as _, PutMode, PutOptions, RetryConfig, WriteMultipart,
};
use tokio::runtime::Runtime;
use ureq::http::{Request, StatusCode, Uri, header};

use crate::base::progress::Progress;
use crate::base::remote::connector::{Connector, Exact, Signal, agent, authorize, failed, is_web_page};
use crate::base::remote::credentials::Profiles;
use crate::base::remote::failures::{advice, told};
use crate::base::remote::{Address, Entry, Identity, PART, Piece, Put, RemoteError, TakeRange, parts_of};

/// Requests at once for parts of files.
const AT_ONCE: usize = 8;
/// Requests at once where each is small: there the time of the way counts.
const SMALL_AT_ONCE: usize = 32;
/// Size below which a part is small.
const SMALL: u64 = 256 << 10;
/// Longest content that is written in one request.
const ONE_PUT: usize = 16 << 20;

/// An object, or a prefix.
#[derive(Clone, Debug)]
pub struct Object {
    address: Address,
    store: Arc<dyn ObjectStore>,
    path: Path,
    /// The address as it was given, for web servers.
    exact: Option<Exact>,
}

/// The runtime of all requests.
fn runtime() -> Result<&'static Runtime, std::io::Error> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    if let Some(known) = RUNTIME.get() {
        return Ok(known);
    }
    let new = tokio::runtime::Builder::new_current_thread().enable_time().max_blocking_threads(64).build()?;
    Ok(RUNTIME.get_or_init(|| new))
}

/// Some seconds of trying again: somebody waits.
fn retry() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(5),
            base: 2.0,
        },
        max_retries: 6,
        retry_timeout: Duration::from_secs(90),
    }
}

impl Object {
    /// The object of an address. Nothing is asked yet, but programs that give credentials may run.
    pub fn open(address: &Address) -> Result<Self, RemoteError> {
        let failed = |err: object_store::Error| told(&err, address);
        let wrong = |problem| RemoteError::Address { problem, address: address.to_string() };
        if address.bucket().is_empty() {
            return Err(wrong("the address names no bucket, write s3://BUCKET/KEY"));
        }
        let plain = Connector::default();
        let (store, path, exact): (Arc<dyn ObjectStore>, Path, Option<Exact>) = match address.scheme() {
            "http" | "https" => {
                let exact = exact(address).ok_or_else(|| wrong("this is not a valid address"))?;
                let base = format!("{}://{}", address.scheme(), address.bucket());
                let store = HttpBuilder::new()
                    .with_url(base)
                    .with_client_options(ClientOptions::new().with_allow_http(true))
                    .with_retry(retry())
                    .with_http_connector(Connector { exact: Some(exact.clone()) })
                    .build()
                    .map_err(failed)?;
                (Arc::new(store), Path::from("object"), Some(exact))
            }
            "gs" => {
                let store = GoogleCloudStorageBuilder::from_env()
                    .with_url(address.to_string())
                    .with_retry(retry())
                    .with_http_connector(plain)
                    .build()
                    .map_err(failed)?;
                (Arc::new(store), parsed(address)?, None)
            }
            "az" | "abfs" | "abfss" => {
                let store = MicrosoftAzureBuilder::from_env()
                    .with_url(address.to_string())
                    .with_retry(retry())
                    .with_http_connector(plain)
                    .build()
                    .map_err(|err| {
                        if err.to_string().contains("Account must be specified") {
                            let advice = advice(&address.to_string());
                            RemoteError::NoCredentials { address: address.to_string(), advice }
                        } else {
                            told(&err, address)
                        }
                    })?;
                (Arc::new(store), parsed(address)?, None)
            }
            _ => (s3(address)?, parsed(address)?, None),
        };
        Ok(Self { address: address.clone(), store, path, exact })
    }

    /// Its address.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Another object of the same bucket.
    pub fn at(&self, address: &Address) -> Result<Self, RemoteError> {
        if self.exact.is_some() {
            return Self::open(address);
        }
        Ok(Self { address: address.clone(), path: parsed(address)?, ..self.clone() })
    }

    fn told(&self, err: &object_store::Error) -> RemoteError {
        told(err, &self.address)
    }

    fn run<T>(&self, work: impl Future<Output = Result<T, object_store::Error>>) -> Result<T, RemoteError> {
        self.runtime()?.block_on(work).map_err(|err| self.told(&err))
    }

    fn runtime(&self) -> Result<&'static Runtime, RemoteError> {
        runtime().map_err(|err| RemoteError::Unreachable {
            problem: err.to_string(),
            address: self.address.to_string(),
        })
    }

    /// Its last bytes: as many as are asked for, or all. One request; two where the service has no ranges from the end.
    pub fn tail(&self, count: u64) -> Result<Piece, RemoteError> {
        match self.piece(GetRange::Suffix(count)) {
            Err(RemoteError::NoRanges { .. }) if self.exact.is_none() => {
                let size = self.run(self.store.head(&self.path))?.size;
                if size == 0 {
                    return Err(RemoteError::Empty { address: self.address.to_string() });
                }
                self.piece(GetRange::Bounded(size.saturating_sub(count)..size))
            }
            other => other,
        }
    }

    /// Its first bytes: as many as are asked for, or all.
    pub fn beginning(&self, count: u64) -> Result<Piece, RemoteError> {
        self.piece(GetRange::Bounded(0..count))
    }

    fn piece(&self, range: GetRange) -> Result<Piece, RemoteError> {
        let options = GetOptions { range: Some(range), ..GetOptions::default() };
        let (identity, start, bytes) = self.run(async {
            let got = self.store.get_opts(&self.path, options).await?;
            let (identity, start) = (identity(&got.meta), got.range.start);
            Ok((identity, start, got.bytes().await?))
        })?;
        if identity.size == 0 {
            return Err(RemoteError::Empty { address: self.address.to_string() });
        }
        Ok(Piece { identity, start, bytes: bytes.to_vec() })
    }

    /// Its parts, several at once, each given away as it arrives; an error if it is another object by now. The first error
    /// ends it.
    pub fn ranges(
        &self,
        known: &Identity,
        ranges: &[Range<u64>],
        take: &mut TakeRange<'_>,
    ) -> Result<(), RemoteError> {
        let small = ranges.iter().all(|range| range.end - range.start <= SMALL);
        let at_once = if small { SMALL_AT_ONCE } else { AT_ONCE };
        let changed = || RemoteError::Changed { address: self.address.to_string() };
        // Weak tags never match by the rules of If-Match.
        let if_match = known.etag.clone().filter(|tag| !tag.starts_with("W/"));
        let one = |range: Range<u64>| {
            let options = GetOptions {
                range: Some(GetRange::Bounded(range.clone())),
                if_match: if_match.clone(),
                ..GetOptions::default()
            };
            async move {
                let got: GetResult = self.store.get_opts(&self.path, options).await?;
                let found = identity(&got.meta);
                Ok::<_, object_store::Error>((range, found, got.bytes().await?))
            }
        };
        self.runtime()?.block_on(async {
            let mut parts =
                futures_util::stream::iter(ranges.iter().cloned().map(one)).buffer_unordered(at_once);
            while let Some(part) = parts.next().await {
                let (range, found, bytes) = part.map_err(|err| self.told(&err))?;
                if found != *known || bytes.len() as u64 != range.end - range.start {
                    return Err(changed());
                }
                take(range, &bytes)?;
            }
            Ok(())
        })
    }

    /// All of it in one request, for web servers that send no parts. What arrives is given away at once.
    pub fn whole(
        &self,
        take: &mut dyn FnMut(&[u8]) -> Result<(), RemoteError>,
        progress: &Progress,
    ) -> Result<(), RemoteError> {
        let address = || self.address.to_string();
        let Some(exact) = &self.exact else { return Err(RemoteError::NoRanges { address: address() }) };
        let unreachable = |problem: String| RemoteError::Unreachable { problem, address: address() };
        let mut request = Request::get(exact.uri.clone())
            .body(())
            .map_err(|_err| unreachable("the address is not valid".to_owned()))?;
        authorize(request.headers_mut(), exact);
        let response = agent(5, Duration::from_secs(10)).run(request).map_err(|err| {
            let signal = failed(&err);
            unreachable(std::error::Error::source(&signal).map(ToString::to_string).unwrap_or_default())
        })?;
        let (parts, body) = response.into_parts();
        match parts.status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => {
                return Err(RemoteError::Missing { code: "404".to_owned(), address: address() });
            }
            status @ (StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED) => {
                return Err(RemoteError::Refused { code: status.as_str().to_owned(), address: address() });
            }
            status => return Err(RemoteError::Server { problem: status.to_string(), address: address() }),
        }
        if is_web_page(exact.uri.path(), &parts.headers) {
            return Err(RemoteError::WebPage { address: address() });
        }
        let declared =
            parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        progress.begin(declared.unwrap_or(0));
        let (mut reader, mut part, mut done) = (body.into_reader(), vec![0; 1 << 18], 0_u64);
        loop {
            let count = match reader.read(&mut part) {
                Ok(0) => break,
                Ok(count) => count,
                Err(err) if err.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(err) => return Err(unreachable(format!("{err} after {done} bytes"))),
            };
            take(part.get(..count).unwrap_or_default())?;
            done += count as u64;
            progress.reach(done)?;
        }
        match declared {
            Some(declared) if declared != done => {
                Err(unreachable(Signal::Cut { got: done, declared }.to_string()))
            }
            _ if done == 0 => Err(RemoteError::Empty { address: address() }),
            _ => Ok(()),
        }
    }

    /// The content of a small object; `None` if there is none of that name.
    pub fn read(&self) -> Result<Option<Vec<u8>>, RemoteError> {
        let first = match self.beginning(PART) {
            Ok(first) => first,
            Err(RemoteError::Missing { .. }) => return Ok(None),
            Err(RemoteError::Empty { .. }) => return Ok(Some(Vec::new())),
            Err(RemoteError::NoRanges { .. }) => {
                let mut bytes = Vec::new();
                self.whole(
                    &mut |part| {
                        bytes.extend_from_slice(part);
                        Ok(())
                    },
                    &Progress::default(),
                )?;
                return Ok(Some(bytes));
            }
            Err(err) => return Err(err),
        };
        let (size, mut bytes) = (first.identity.size, first.bytes);
        let rest = parts_of(bytes.len() as u64..size);
        bytes.resize(usize::try_from(size).unwrap_or(usize::MAX), 0);
        self.ranges(&first.identity, &rest, &mut |range, part| {
            if let Some(place) = bytes.get_mut(range.start as usize..range.end as usize) {
                place.copy_from_slice(part);
            }
            Ok(())
        })?;
        Ok(Some(bytes))
    }

    /// Creates it as a whole unless it exists: of several writers at the same time exactly one is told [`Put::New`].
    pub fn create(&self, content: &[u8]) -> Result<Put, RemoteError> {
        self.check_writable()?;
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        let payload = content.to_vec().into();
        match self.runtime()?.block_on(self.store.put_opts(&self.path, payload, options)) {
            Ok(_) => Ok(Put::New),
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {
                Ok(Put::Exists)
            }
            Err(err) => Err(self.told(&err)),
        }
    }

    /// Writes it, in place of what was there.
    pub fn put(&self, content: &[u8]) -> Result<(), RemoteError> {
        self.check_writable()?;
        if content.len() <= ONE_PUT {
            return self.run(self.store.put(&self.path, content.to_vec().into())).map(drop);
        }
        self.run(async {
            let upload = self.store.put_multipart(&self.path).await?;
            let mut writer = WriteMultipart::new_with_chunk_size(upload, PART as usize);
            for part in content.chunks(PART as usize) {
                writer.wait_for_capacity(4).await?;
                writer.write(part);
            }
            writer.finish().await.map(drop)
        })
    }

    /// An error if nothing is ever written at such an address.
    pub fn check_writable(&self) -> Result<(), RemoteError> {
        if self.exact.is_some() {
            let problem = "nothing is written to web servers, name a bucket (s3://, gs://, az://) or a path";
            return Err(RemoteError::Address { problem, address: self.address.to_string() });
        }
        Ok(())
    }

    /// Objects below it, sorted by address; prefixes of one level have a slash at their end and a size of 0. With `deep`,
    /// every object at any depth.
    pub fn list(&self, deep: bool) -> Result<Vec<Entry>, RemoteError> {
        if self.exact.is_some() {
            let problem = "web servers do not say what lies in a folder, name a file";
            return Err(RemoteError::Address { problem, address: self.address.to_string() });
        }
        let entry = |meta: ObjectMeta| Entry {
            address: self.address.with_key(meta.location.as_ref()),
            size: meta.size,
        };
        let mut found: Vec<Entry> = self.run(async {
            if deep {
                return self.store.list(Some(&self.path)).map_ok(entry).try_collect().await;
            }
            let level = self.store.list_with_delimiter(Some(&self.path)).await?;
            let below = level
                .common_prefixes
                .into_iter()
                .map(|path| Entry { address: self.address.with_key(&format!("{path}/")), size: 0 });
            Ok(below.chain(level.objects.into_iter().map(entry)).collect())
        })?;
        found.sort_by(|a, b| a.address.cmp(&b.address));
        Ok(found)
    }
}

fn identity(meta: &ObjectMeta) -> Identity {
    let modified = meta.last_modified.timestamp_nanos_opt().unwrap_or(0);
    Identity { size: meta.size, etag: meta.e_tag.clone(), modified }
}

fn parsed(address: &Address) -> Result<Path, RemoteError> {
    Path::parse(address.key().trim_end_matches('/')).map_err(|_err| RemoteError::Address {
        problem: "the key has empty parts or parts of dots, which are not opened",
        address: address.to_string(),
    })
}

/// The address of a web server with its secret parts.
fn exact(address: &Address) -> Option<Exact> {
    let secret = address.secret();
    // What tells two queries of one path apart is no part of the address.
    let plain = address.to_string();
    let plain = plain.split('?').next().unwrap_or_default();
    let plain = plain.replace(' ', "%20");
    let whole = match &secret.query {
        Some(query) => format!("{plain}?{query}"),
        None => plain,
    };
    Some(Exact { uri: whole.parse::<Uri>().ok().filter(|uri| uri.host().is_some())?, user: secret.user })
}

fn s3(address: &Address) -> Result<Arc<dyn ObjectStore>, RemoteError> {
    let profile = Profiles::of_user().chosen().map_err(|err| RemoteError::NoCredentials {
        address: address.to_string(),
        advice: err.to_string(),
    })?;
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let mut builder = AmazonS3Builder::from_env()
        .with_bucket_name(address.bucket())
        .with_retry(retry())
        .with_http_connector(Connector::default());
    if let Some(keys) = profile.keys {
        builder =
            builder.with_access_key_id(keys.access_key_id).with_secret_access_key(keys.secret_access_key);
        if let Some(token) = keys.session_token {
            builder = builder.with_token(token);
        }
    }
    let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION")).or(profile.region);
    if let Some(region) = region {
        builder = builder.with_region(region);
    }
    let endpoint = variable("AWS_ENDPOINT_URL_S3").or_else(|| variable("AWS_ENDPOINT_URL"));
    if let Some(endpoint) = endpoint.or(profile.endpoint) {
        // Who writes http:// means it.
        builder = builder.with_allow_http(endpoint.starts_with("http://")).with_endpoint(endpoint);
    }
    Ok(Arc::new(builder.build().map_err(|err| told(&err, address))?))
}
