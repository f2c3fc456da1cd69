//! Errors of object storage as sentences.

use std::error::Error;

use object_store::client::HttpError;

use crate::base::remote::connector::Signal;
use crate::base::remote::{Address, RemoteError};

/// The first error of a type in a chain.
fn found<'a, T: Error + 'static>(err: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(err);
    while let Some(err) = next {
        if let Some(found) = err.downcast_ref::<T>() {
            return Some(found);
        }
        next = err.source();
    }
    None
}

/// The text of an element of an answer in XML: `<Code>NoSuchKey</Code>`.
fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (value, _) = rest.split_once('<')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_. ".contains(c);
    (value.len() < 64 && value.chars().all(plain)).then_some(value)
}

/// The error as a sentence.
#[expect(clippy::wildcard_enum_match_arm, reason = "object_store has kinds to come")]
pub(super) fn told(err: &object_store::Error, address: &Address) -> RemoteError {
    let text = err.to_string();
    let address = address.to_string();
    if let Some(signal) = found::<Signal>(err) {
        return match signal {
            Signal::NoRanges => RemoteError::NoRanges { address },
            Signal::WebPage => RemoteError::WebPage { address },
            Signal::Region(region) => RemoteError::Region { region: region.clone(), address },
            Signal::NoMetadata => RemoteError::NoCredentials { advice: advice(&address), address },
            Signal::Unreachable(problem) => RemoteError::Unreachable { problem: problem.clone(), address },
            Signal::Cut { .. } | Signal::TooLong => {
                RemoteError::Unreachable { problem: signal.to_string(), address }
            }
        };
    }
    let code = element(&text, "Code");
    match code {
        Some("RequestTimeTooSkewed") => return RemoteError::ClockSkew { address },
        Some("ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired") => {
            return RemoteError::Expired { address };
        }
        Some("AccessDenied") if text.contains("Request has expired") => {
            return RemoteError::Expired { address };
        }
        Some("AuthorizationHeaderMalformed" | "PermanentRedirect" | "IllegalLocationConstraintException") => {
            let region = element(&text, "Region").unwrap_or("REGION").to_owned();
            return RemoteError::Region { region, address };
        }
        Some(code @ ("NoSuchKey" | "NoSuchBucket" | "BlobNotFound" | "ContainerNotFound")) => {
            return RemoteError::Missing { code: code.to_owned(), address };
        }
        Some(
            code @ ("AccessDenied"
            | "InvalidAccessKeyId"
            | "SignatureDoesNotMatch"
            | "InvalidToken"
            | "AllAccessDisabled"
            | "AuthenticationFailed"),
        ) => return RemoteError::Refused { code: code.to_owned(), address },
        Some(_) | None => {}
    }
    let coded = |usual: &str| code.unwrap_or(usual).to_owned();
    match err {
        object_store::Error::NotFound { .. } => RemoteError::Missing { code: coded("404"), address },
        object_store::Error::Precondition { .. } => RemoteError::Changed { address },
        object_store::Error::NotSupported { .. } => RemoteError::NoRanges { address },
        object_store::Error::PermissionDenied { .. } => RemoteError::Refused { code: coded("403"), address },
        object_store::Error::Unauthenticated { .. } => RemoteError::NoCredentials {
            advice: if address.starts_with("http") { web_advice() } else { advice(&address) },
            address,
        },
        _ => {
            if text.contains("416") {
                return RemoteError::Empty { address };
            }
            if text.contains("redirect without LOCATION") || text.contains("status code: 301") {
                return RemoteError::Region { region: "REGION".to_owned(), address };
            }
            if let Some(http) = found::<HttpError>(err) {
                return RemoteError::Unreachable { problem: Address::cleaned(&http.to_string()), address };
            }
            RemoteError::Server { problem: shortened(&text, code), address }
        }
    }
}

fn web_advice() -> String {
    "the server asks who you are: give https://USER:PASSWORD@HOST/… or a presigned address".to_owned()
}

/// Ways to give credentials to the service of an address.
pub(super) fn advice(address: &str) -> String {
    let ways = if address.starts_with("gs:") {
        "set GOOGLE_APPLICATION_CREDENTIALS, run `gcloud auth application-default login`, or set GOOGLE_SKIP_SIGNATURE=true for a \
         public bucket"
    } else if address.starts_with('a') {
        "set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY (or AZURE_STORAGE_SAS_KEY), or AZURE_SKIP_SIGNATURE=true for a \
         public container"
    } else {
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or AWS_SKIP_SIGNATURE=true for a public bucket"
    };
    ways.to_owned()
}

/// The part of an error that helps: the status and the code, without the request.
fn shortened(text: &str, code: Option<&str>) -> String {
    let status = text
        .split_once("status code: ")
        .map(|(_, rest)| rest.split([':', '\n']).next().unwrap_or_default().trim().to_owned());
    match (status, code) {
        (Some(status), Some(code)) => format!("{status}, {code}"),
        (Some(status), None) => status,
        (None, _) => {
            let text = Address::cleaned(text);
            let line = text.lines().next().unwrap_or_default();
            line.chars().take(240).collect()
        }
    }
}
