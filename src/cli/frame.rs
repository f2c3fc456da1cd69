//! `hardcase frame`: one frame of a recording as an image file.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use crate::base::outputs::write_named;
use crate::base::progress::Progress;
use crate::base::remote::is_remote;
use crate::base::time::{Span, Time};
use crate::cli::{BadArgument, with_faults};
use crate::clips::{self, Wanted};
use crate::data::clip::ChannelKind;
use crate::project::faults::Fault;

#[derive(Debug, Args)]
pub(super) struct FrameArgs {
    /// The recording
    clip: PathBuf,
    /// Name of the camera; the first if absent
    #[arg(long)]
    channel: Option<String>,
    /// Index of the frame, from 0
    #[arg(long, conflicts_with = "time", required_unless_present = "time")]
    index: Option<usize>,
    /// The frame at this many seconds after the beginning
    #[arg(long)]
    time: Option<f64>,
    /// Fault to inject into the recording: `/camera=freeze@10..12`, `/lidar=lost_sector:60`, `/gps=jump:30,-10@5..8`
    #[arg(long, value_name = "CHANNEL=FAULT[@FROM..UNTIL]")]
    fault: Vec<Fault>,
    /// Path of the PNG to write
    #[arg(short, long)]
    output: PathBuf,
}

pub(super) fn run(args: &FrameArgs) -> anyhow::Result<ExitCode> {
    let clip = clips::open(&args.clip)?;
    // Of a remote recording only what the frame needs is read.
    if !is_remote(&args.clip) || !args.fault.is_empty() {
        clip.index(&Progress::default())?;
    }
    let clip = with_faults(clip, &args.fault)?;
    let info = clip.info();
    let channel = match &args.channel {
        Some(name) => info.channel_named(name),
        None => info.of_kind(ChannelKind::Camera).next().map(|(id, _)| id),
    };
    let channel = channel.ok_or_else(|| {
        let cameras: Vec<&str> = info.of_kind(ChannelKind::Camera).map(|(_, c)| c.name.as_str()).collect();
        BadArgument(format!("unknown camera, the recording has {cameras:?}"))
    })?;
    let located = |start: Time| {
        let wanted = match (args.index, args.time) {
            (Some(index), _) => Wanted::Index(index),
            (None, Some(secs)) => Wanted::Time(start + Span::from_secs(secs)),
            (None, None) => Wanted::Index(0),
        };
        clip.locate(channel, wanted, &Progress::default())
    };
    let mut index = located(info.range.start)?;
    // The beginning may not have been known before.
    if clip.info().range.start != info.range.start {
        index = located(clip.info().range.start)?;
    }
    let image = clip.picture(channel, index)?;
    write_named(&args.output, &image.to_png()?)
        .with_context(|| format!("could not write {}", args.output.display()))?;
    Ok(ExitCode::SUCCESS)
}
