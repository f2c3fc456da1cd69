//! Credentials of Amazon's tools that `object_store` does not read: profiles in `~/.aws`, with keys, a region, an address of
//! the service, and `credential_process`. See the reference of the AWS SDKs, "Shared config and credentials files".

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::base::inputs::{self, InputKind};

/// Error of a profile.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProfileError {
    #[error("AWS_PROFILE names the profile {name:?}, which is neither in {config} nor in {credentials}")]
    Unknown { name: String, config: String, credentials: String },
    #[error(
        "the profile {name:?} signs in {how}, which is not done here: run `aws sso login --profile {name}` if it needs that, \
         then `eval \"$(aws configure export-credentials --profile {name} --format env)\"`"
    )]
    SignIn { name: String, how: &'static str },
    #[error("the credential_process of profile {name:?} failed: {problem}")]
    Process { name: String, problem: String },
    #[error("the file of profiles cannot be read ({0})")]
    Unreadable(#[from] std::io::Error),
}

/// Content of a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Profile {
    pub(super) keys: Option<Keys>,
    pub(super) region: Option<String>,
    pub(super) endpoint: Option<String>,
}

/// A pair of keys, with the token of a session.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Keys {
    pub(super) access_key_id: String,
    pub(super) secret_access_key: String,
    #[serde(default)]
    pub(super) session_token: Option<String>,
}

/// Files of profiles and the name of the chosen one.
#[derive(Clone, Debug)]
pub(super) struct Profiles {
    config: PathBuf,
    credentials: PathBuf,
    name: Option<String>,
}

/// Variables by which keys are given without a profile.
const WITHOUT: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_SKIP_SIGNATURE",
];

impl Profiles {
    /// The files of this user and the profile of the environment.
    pub(super) fn of_user() -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let file = |name: &str, usual: &str| {
            let home = || dirs::home_dir().unwrap_or_default().join(".aws").join(usual);
            variable(name).map_or_else(home, PathBuf::from)
        };
        Self {
            config: file("AWS_CONFIG_FILE", "config"),
            credentials: file("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
            name: variable("AWS_PROFILE").or_else(|| variable("AWS_DEFAULT_PROFILE")),
        }
    }

    /// The chosen profile. Its keys are left out where the environment gives some.
    pub(super) fn chosen(&self) -> Result<Profile, ProfileError> {
        let set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        // A profile that is named wins over what is in the environment only where that has no keys of its own.
        self.read(!WITHOUT.iter().any(set))
    }

    fn read(&self, keys: bool) -> Result<Profile, ProfileError> {
        let name = self.name.as_deref().unwrap_or("default");
        let config = sections(&self.config)?;
        let credentials = sections(&self.credentials)?;
        let long = format!("profile {name}");
        let mut values = BTreeMap::new();
        let places =
            [config.get(name).filter(|_| name == "default"), config.get(&long), credentials.get(name)];
        if places.iter().all(Option::is_none) {
            return match &self.name {
                Some(name) if keys => Err(ProfileError::Unknown {
                    name: name.clone(),
                    config: self.config.display().to_string(),
                    credentials: self.credentials.display().to_string(),
                }),
                Some(_) | None => Ok(Profile::default()),
            };
        }
        for section in places.into_iter().flatten() {
            values.extend(section.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        }
        let value = |key: &str| values.get(key).filter(|value| !value.is_empty()).map(|v| (*v).to_owned());
        let mut profile = Profile { keys: None, region: value("region"), endpoint: value("endpoint_url") };
        if !keys {
            return Ok(profile);
        }
        let pair = value("aws_access_key_id").zip(value("aws_secret_access_key"));
        profile.keys = match pair {
            Some((access_key_id, secret_access_key)) => {
                Some(Keys { access_key_id, secret_access_key, session_token: value("aws_session_token") })
            }
            None => match value("credential_process") {
                Some(command) => Some(of_process(name, &command)?),
                None => None,
            },
        };
        let sign_in = |how| Err(ProfileError::SignIn { name: name.to_owned(), how });
        if profile.keys.is_none() && (value("sso_session").or_else(|| value("sso_start_url"))).is_some() {
            return sign_in("by SSO");
        }
        if profile.keys.is_none() && value("role_arn").is_some() {
            return sign_in("by assuming a role");
        }
        Ok(profile)
    }
}

/// Sections of a file of profiles with their values; none if there is no file.
fn sections(path: &Path) -> std::io::Result<BTreeMap<String, BTreeMap<String, String>>> {
    let text = match inputs::read_text(path, InputKind::Settings) {
        Ok(text) => text,
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(err) => return Err(err),
    };
    let mut sections: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut section = String::new();
    for line in text.lines() {
        // Values of a nested group are indented.
        if line.starts_with([' ', '\t']) || line.starts_with(['#', ';']) {
            continue;
        }
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            section = name.split_whitespace().collect::<Vec<_>>().join(" ");
            sections.entry(section.clone()).or_default();
        } else if let Some((key, value)) = line.split_once('=') {
            let values = sections.entry(section.clone()).or_default();
            values.insert(key.trim().to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    Ok(sections)
}

/// The keys that a program prints as JSON, version 1.
fn of_process(name: &str, command: &str) -> Result<Keys, ProfileError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Printed {
        version: u32,
        #[serde(flatten)]
        keys: Keys,
    }
    let failed = |problem: String| ProfileError::Process { name: name.to_owned(), problem };
    let words = words(command);
    let (program, arguments) = words.split_first().ok_or_else(|| failed("it is empty".to_owned()))?;
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|err| failed(format!("{err}: {program}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
        return Err(failed(format!("{}: {last}", output.status)));
    }
    let printed: Printed = serde_json::from_slice(&output.stdout)
        .map_err(|_err| failed("it did not print keys as JSON with Version 1".to_owned()))?;
    if printed.version != 1 {
        return Err(failed(format!("it printed Version {}, 1 is known", printed.version)));
    }
    Ok(printed.keys)
}

/// The words of a command line; quotation marks keep spaces.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in command.chars() {
        match (quote, c) {
            (Some(mark), c) if c == mark => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profiles(folder: &Path, name: Option<&str>, config: &str, credentials: &str) -> Profiles {
        let (at, keys) = (folder.join("config"), folder.join("credentials"));
        std::fs::write(&at, config).unwrap();
        std::fs::write(&keys, credentials).unwrap();
        Profiles { config: at, credentials: keys, name: name.map(str::to_owned) }
    }

    #[test]
    fn profiles_have_keys_and_regions() {
        let folder = tempfile::tempdir().unwrap();
        let config = "[default]\nregion = eu-west-1\n[profile work]\nregion=us-west-2\nendpoint_url = http://h:1\ns3 =\n  x = 1\n";
        let keys =
            "[work]\naws_access_key_id = AK\naws_secret_access_key = s/k=\n; note\naws_session_token = T\n";
        let plain = profiles(folder.path(), None, config, keys).read(true).unwrap();
        assert_eq!((plain.keys, plain.region.as_deref()), (None, Some("eu-west-1")));
        let work = profiles(folder.path(), Some("work"), config, keys).read(true).unwrap();
        let own = work.keys.unwrap();
        assert_eq!((own.access_key_id.as_str(), own.secret_access_key.as_str()), ("AK", "s/k="));
        assert_eq!(own.session_token.as_deref(), Some("T"));
        assert_eq!(
            (work.region.as_deref(), work.endpoint.as_deref()),
            (Some("us-west-2"), Some("http://h:1"))
        );
        let other = profiles(folder.path(), Some("play"), config, keys).read(true).unwrap_err().to_string();
        assert!(other.contains("the profile \"play\", which is neither"), "{other}");
    }

    #[test]
    fn what_signs_in_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let sso = profiles(folder.path(), Some("w"), "[profile w]\nsso_session = my\n", "");
        let told = sso.read(true).unwrap_err().to_string();
        assert!(told.contains("aws configure export-credentials --profile w --format env"), "{told}");
        assert_eq!(sso.read(false).unwrap(), Profile::default());
    }

    #[cfg(unix)]
    #[test]
    fn a_process_gives_keys() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("my keys.sh");
        let json = r#"{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "S", "Expiration": "2030-01-01T00:00:00Z"}"#;
        std::fs::write(&script, format!("echo '{json}'")).unwrap();
        let config = format!("[default]\ncredential_process = sh \"{}\"\n", script.display());
        let found = profiles(folder.path(), None, &config, "").read(true).unwrap().keys.unwrap();
        assert_eq!((found.access_key_id.as_str(), found.session_token), ("A", None));
        std::fs::write(&script, "echo no login >&2; exit 3").unwrap();
        let failed = profiles(folder.path(), None, &config, "").read(true).unwrap_err().to_string();
        assert!(failed.contains("no login") && failed.contains('3'), "{failed}");
        assert_eq!(words(r#"a 'b c'  "" d"#), ["a", "b c", "", "d"]);
    }
}
