//! `hardcase cut`: a stretch of a recording as an MCAP file of its own.

use std::fs;
use std::io::BufWriter;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use crate::base::files::folder_of;
use crate::base::outputs;
use crate::base::progress::Progress;
use crate::base::remote::is_remote;
use crate::base::text::counted;
use crate::base::time::{Moment, Span, TimeRange};
use crate::cli::{BadArgument, print, say, with_progress_line};
use crate::clips;
use crate::clips::cut::{CutError, CutTerms, cut};

#[derive(Debug, Args)]
pub(super) struct CutArgs {
    /// The recording
    clip: PathBuf,
    /// Beginning: seconds, `m:ss.mmm` after the beginning of the recording, or a time like 2026-11-30T10:15:00Z; the
    /// beginning of the recording if absent
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    from: Option<Moment>,
    /// End, in the same forms; the end of the recording if absent
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    to: Option<Moment>,
    /// Only these channels or topics, separated by commas; may be repeated. All if absent
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    channels: Vec<String>,
    /// Path of the MCAP file to write
    #[arg(short, long)]
    output: PathBuf,
}

pub(super) fn run(args: &CutArgs) -> anyhow::Result<ExitCode> {
    let progress = Progress::default();
    let clip = clips::open(&args.clip)?;
    with_progress_line("indexing", &progress, || {
        // Messages are copied as they are: what is in them need not be read.
        let by_parts = is_remote(&args.clip) && clip.raw().is_some();
        if by_parts { clip.index_samples(&progress) } else { clip.index(&progress) }
    })?;
    let whole = clip.info().range;
    let at = |moment: Option<Moment>, usual| moment.map_or(usual, |moment| moment.after(whole.start));
    // The end is inside, as far as a nanosecond goes.
    let end = args.to.map_or(whole.end, |to| to.after(whole.start) + Span(1));
    let terms = CutTerms {
        range: TimeRange { start: at(args.from, whole.start), end },
        channels: args.channels.clone(),
    };
    let folder = folder_of(&args.output);
    let failed = || format!("could not write {}", args.output.display());
    fs::create_dir_all(&folder).with_context(failed)?;
    outputs::named(&args.output).with_context(failed)?;
    let (file, path) = tempfile::NamedTempFile::new_in(&folder).with_context(failed)?.into_parts();
    let report =
        with_progress_line("cutting", &progress, || cut(&*clip, &terms, BufWriter::new(file), &progress));
    let report = report.map_err(|err| match err {
        CutError::Outside { .. } | CutError::NoChannel { .. } | CutError::Empty => {
            anyhow::Error::from(BadArgument(err.to_string()))
        }
        CutError::Clip(_) | CutError::Write(_) | CutError::Cancelled(_) => err.into(),
    })?;
    outputs::persist(path, &args.output).with_context(failed)?;
    for note in &report.notes {
        say(&format!("note: {note}"));
    }
    print(&format!(
        "{}: {} of {}, {}",
        args.output.display(),
        counted(report.messages, "message"),
        counted(report.topics, "topic"),
        terms.range.span()
    ));
    Ok(ExitCode::SUCCESS)
}
