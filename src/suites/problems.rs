//! Problems of a suite on disk, for `hardcase suite verify` and before a run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::base::files::{sha256_of, visible_in};
use crate::data::cases::attacked::AttackedInput;
use crate::inference::decoders;
use crate::suites::files::{Suite, short};
use crate::suites::select::TagExpr;
use crate::transforms::catalog::Catalog;

impl Suite {
    /// Problems with the files of the suite: unreadable cases, missing, altered or unused media.
    pub fn problems(&self) -> Vec<String> {
        let mut problems: Vec<String> = self.broken.iter().map(|(_, problem)| problem.clone()).collect();
        let catalog = self.catalog().unwrap_or_else(|err| {
            problems.push(err.to_string());
            Catalog::default()
        });
        problems.extend(self.model_problem());
        problems.extend(self.card_problem());
        problems.extend(self.critical_problem());
        problems.extend(self.gates.problems(&self.folder));
        let mut used = BTreeSet::new();
        for (id, case) in &self.cases {
            used.insert(case.input.file.clone());
            used.extend(case.attack.as_ref().map(|attack| attack.file.clone()));
            let unread = match case.input.interval {
                Some(_) => self.media(case).map(drop),
                None => self.input(case).and_then(|_| self.attacked(case)).map(drop),
            };
            problems.extend(unread.err().map(|problem| format!("{id}: {problem}")));
            problems.extend(
                crate::transforms::stack::check(&catalog, &case.stack)
                    .err()
                    .map(|err| format!("{id}: {err}")),
            );
            let claims = std::iter::once(&case.oracle).chain(&case.more);
            let wrong = claims.filter_map(|claim| crate::claims::spec::check(claim).err());
            problems.extend(wrong.map(|err| format!("{id}: {err}")));
        }
        let of = |folder: &'static str| {
            let media = visible_in(&self.folder.join(folder)).unwrap_or_default();
            media.into_iter().map(move |file| Path::new(folder).join(file.file_name().unwrap_or_default()))
        };
        let media = of("media").chain(of(AttackedInput::FOLDER));
        let unused: Vec<PathBuf> = media.filter(|path| !used.contains(path)).collect();
        problems.extend(unused.iter().map(|path| format!("no case uses this file: {}", path.display())));
        problems
    }

    /// Problem of the model named in the suite, if there is such a file: one with another checksum.
    pub fn model_problem(&self) -> Option<String> {
        let model = self.file.model.as_ref()?;
        let path = self.model_path()?;
        let found = match sha256_of(&path) {
            Ok(found) => found,
            Err(err) => return Some(format!("the model cannot be read ({err}): {}", model.file.display())),
        };
        (found != model.sha256).then(|| {
            format!(
                "the model is another one, its checksum is {} instead of {}: {}",
                short(&found),
                short(&model.sha256),
                model.file.display()
            )
        })
    }

    /// The expressions of its critical tags; text that cannot be read as an expression is a tag as it stands.
    pub(super) fn critical(&self) -> Vec<TagExpr> {
        let read = |text: &String| text.parse().unwrap_or_else(|_| TagExpr::Tag(text.to_lowercase()));
        self.file.critical.iter().map(read).collect()
    }

    /// Problem of critical tags that no case has, by which no failure would count.
    pub fn critical_problem(&self) -> Option<String> {
        let critical = self.critical();
        let decides = |tags: &[String]| critical.iter().any(|expr| expr.holds(tags));
        let any = self.cases.iter().any(|(_, case)| decides(&case.tags))
            || self.gates.all.iter().any(|(_, gate)| decides(&gate.tags));
        let none = !critical.is_empty() && !any;
        none.then(|| {
            format!("no case has one of the critical tags {:?}, so all are critical", self.file.critical)
        })
    }

    /// Problem of the card in the suite, if any.
    pub fn card_problem(&self) -> Option<String> {
        let card = &self.file.model.as_ref()?.card;
        let unknown = decoders::kind(&card.decoder).is_none().then(|| decoders::unknown(&card.decoder));
        let problem = card.problem().or(unknown)?;
        Some(format!("the model card of the suite: {problem}"))
    }
}
