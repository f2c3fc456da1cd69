//! `hardcase mine --like TAG`: rules by example.

use std::process::ExitCode;

use anyhow::Context as _;

use crate::base::nearest::hint;
use crate::base::progress::Progress;
use crate::base::text::counted;
use crate::cli::mine::recordings::Places;
use crate::cli::{BadArgument, print, with_progress_line};
use crate::data::labels::odd::title;
use crate::mining::drive::Drive;
use crate::mining::rules::Examples;
use crate::tracks::scene::SceneTerms;

/// Rules that are shown.
const MOST: usize = 5;

/// Prints the rules of a tag. Ends with 1 if there is none.
pub(super) fn run(places: &Places, tag: &str, terms: &SceneTerms) -> anyhow::Result<ExitCode> {
    let mut examples = Examples::default();
    for recording in &places.recordings {
        let tags = places.tags(recording);
        let own = |kind: &str| title(kind).eq_ignore_ascii_case(tag) || kind == tag;
        if !tags.iter().any(|tag| own(&tag.kind)) {
            continue;
        }
        let clip = places.open(recording);
        let clip = clip.with_context(|| format!("the recording {:?} cannot be opened", recording.name))?;
        let progress = Progress::default();
        with_progress_line(&recording.name, &progress, || {
            let drive = Drive::read(&*clip, terms, &progress)?;
            examples.add(&drive, &tags, tag);
            anyhow::Ok(())
        })?;
    }
    if examples.count == 0 {
        let kinds = places.projects.iter().flat_map(|editor| &editor.project().tags);
        let kinds: Vec<&str> = kinds.map(|tag| title(&tag.kind)).collect();
        let hint = hint(tag, kinds.iter().copied());
        return Err(
            BadArgument(format!("no recording has the tag {tag:?}{hint}, tag some moments first")).into()
        );
    }
    let rules = examples.rules(MOST);
    print(&format!("{} tagged {tag:?}", counted(examples.count, "moment")));
    for rule in &rules {
        print(&format!(
            "  precision {:.2} ({:.2} to {:.2}, {} of {} s), {} of {} moments: {}",
            rule.precision.share(),
            rule.precision.low,
            rule.precision.high,
            rule.precision.hits,
            rule.precision.of,
            rule.recall.hits,
            rule.recall.of,
            rule.question
        ));
    }
    if rules.is_empty() {
        print("  nothing that was recorded tells them apart");
    }
    Ok(ExitCode::from(u8::from(rules.is_empty())))
}
