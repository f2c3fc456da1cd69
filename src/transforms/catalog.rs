//! Catalog of transforms: those of the program, and those loaded from files.
//!
//! A model that turns images into images (Zhang et al., "`DeepRoad`", ASE 2018, paint a dry road snowy with a GAN) or an image
//! pasted on others is not part of the program. It is loaded into the catalog of a project, a suite or a command, and no other
//! catalog knows it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::data::input::Medium;
use crate::transforms::{Build, FromFile, Group, TransformKind, built_in};

/// Names that earlier versions wrote into stacks, and those of today.
const RENAMED: [(&str, &str); 2] = [("normalise", "normalize"), ("quantisation", "quantization")];

/// The transforms that a stack may name.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    loaded: BTreeMap<String, Arc<TransformKind>>,
}

/// The transforms of the program and no others.
pub static BUILT_IN: Catalog = Catalog { loaded: BTreeMap::new() };

/// A file whose name in stacks belongs to a transform of the program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name {id:?} belongs to a built-in transform, rename the model in its card, or the image file")]
pub struct NameTaken {
    /// The name in stacks.
    pub id: String,
}

impl Catalog {
    /// Adds a file; one of the same name and content is kept, one of the same name and other content is replaced.
    pub fn add(&mut self, file: Arc<dyn FromFile>) -> Result<&TransformKind, NameTaken> {
        let id = file.id().to_owned();
        if built_in().any(|kind| kind.id == id) {
            return Err(NameTaken { id });
        }
        let same = |known: &Arc<TransformKind>| matches!(&known.build, Build::File(other) if other.sha256() == file.sha256());
        let kind = match self.loaded.remove(&id).filter(same) {
            Some(known) => known,
            None => Arc::new(TransformKind {
                // Names of kinds are static; those of loaded files are a few bytes each.
                id: Box::leak(id.clone().into_boxed_str()),
                title: Box::leak(file.title().to_owned().into_boxed_str()),
                summary: file.summary(),
                group: Group::Loaded,
                params: file.params(),
                geometric: file.hides(),
                seeded: false,
                build: Build::File(file),
            }),
        };
        Ok(self.loaded.entry(id).or_insert(kind))
    }

    /// Every transform, built-in ones first, in the order in which they are offered.
    pub fn kinds(&self) -> impl Iterator<Item = &TransformKind> {
        let built_in = built_in().map(|kind| -> &TransformKind { kind });
        built_in.chain(self.loaded.values().map(|kind| &**kind))
    }

    /// The transform called `id`; names that earlier versions wrote are known too.
    pub fn kind(&self, id: &str) -> Option<&TransformKind> {
        let id = RENAMED.iter().find(|(before, _)| *before == id).map_or(id, |(_, now)| now);
        built_in().find(|kind| kind.id == id).or_else(|| self.loaded.get(id).map(|kind| &**kind))
    }

    /// The transforms of a group.
    pub fn group(&self, group: Group) -> impl Iterator<Item = &TransformKind> {
        self.kinds().filter(move |kind| kind.group == group)
    }

    /// The groups that have transforms of a medium.
    pub fn groups(&self, medium: Medium) -> Vec<Group> {
        let offered = |group: &Group| group.medium() == medium && self.group(*group).next().is_some();
        Group::ALL.into_iter().filter(offered).collect()
    }

    /// The file behind a loaded transform.
    pub fn file(&self, id: &str) -> Option<Arc<dyn FromFile>> {
        match &self.loaded.get(id)?.build {
            Build::File(file) => Some(Arc::clone(file)),
            Build::Image(_) | Build::Scene(_) | Build::Points(_) | Build::Signals(_) | Build::Text(_) => None,
        }
    }

    /// True if any transform was loaded from a file.
    pub fn has_loaded(&self) -> bool {
        !self.loaded.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::params::{ParamSpec, Params};
    use crate::transforms::image_models::{STRENGTH, painted};
    use crate::transforms::{Transform, stack};

    #[derive(Debug)]
    struct Unchanged(&'static str, &'static str);

    impl FromFile for Unchanged {
        fn id(&self) -> &str {
            self.0
        }
        fn title(&self) -> &str {
            self.0
        }
        fn summary(&self) -> &'static str {
            "Nothing"
        }
        fn sha256(&self) -> &str {
            self.1
        }
        fn files(&self) -> Vec<(&'static str, Vec<u8>)> {
            Vec::new()
        }
        fn params(&self) -> &'static [ParamSpec] {
            &STRENGTH
        }
        fn hides(&self) -> bool {
            false
        }
        fn make(self: Arc<Self>, params: &Params) -> Box<dyn Transform> {
            painted(Box::new(|image| Ok(image.clone())), params)
        }
    }

    #[test]
    fn a_catalog_does_not_know_what_was_loaded_into_another() {
        let mut first = Catalog::default();
        first.add(Arc::new(Unchanged("dusk", "a"))).unwrap();
        assert!(stack::parse(&first, "dusk:0.5", 1).is_ok());
        assert!(stack::parse(&Catalog::default(), "dusk:0.5", 1).is_err());
        assert!(stack::parse(&BUILT_IN, "dusk:0.5", 1).is_err());
        assert_eq!(first.group(Group::Loaded).count(), 1);
    }

    #[test]
    fn names_of_earlier_versions_are_known() {
        for (before, now) in RENAMED {
            assert_eq!(BUILT_IN.kind(before).unwrap().id, now);
        }
        assert_eq!(stack::parse(&BUILT_IN, "normalise:1", 1), stack::parse(&BUILT_IN, "normalize:1", 1));
    }

    #[test]
    fn the_same_content_is_kept_and_other_content_replaces_it() {
        let mut catalog = Catalog::default();
        let sha256 = |catalog: &Catalog| catalog.file("dusk").unwrap().sha256().to_owned();
        catalog.add(Arc::new(Unchanged("dusk", "a"))).unwrap();
        let first = Arc::clone(&catalog.loaded["dusk"]);
        catalog.add(Arc::new(Unchanged("dusk", "a"))).unwrap();
        assert!(Arc::ptr_eq(&first, &catalog.loaded["dusk"]));
        catalog.add(Arc::new(Unchanged("dusk", "b"))).unwrap();
        assert_eq!(sha256(&catalog), "b");
        assert_eq!(
            catalog.add(Arc::new(Unchanged("fog", "c"))).unwrap_err(),
            NameTaken { id: "fog".to_owned() }
        );
    }
}
