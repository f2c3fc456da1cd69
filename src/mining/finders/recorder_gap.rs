//! Recorder gap: all channels are silent at the same time.

use crate::base::params::ParamSpec;
use crate::base::time::Span;
use crate::mining::events::stretched;
use crate::mining::finding::{FinderKind, Found, Look};
use crate::mining::rhythm::{recorder_gaps, rhythms};

const LEAST: ParamSpec = ParamSpec::setting("least", "At least", "s", [0.05, 60.0], 0.5);

/// No sample of any steady channel for 0.5 s.
pub(super) static KIND: FinderKind = FinderKind {
    id: "recorder_gap",
    title: "Recorder gap",
    summary: "No channel has a sample for a while",
    false_alarms: "a recording that was paused or cut on purpose",
    source: "proposed here: 0.5 s",
    params: &[LEAST],
    look: Look::Drive(|drive, params| {
        let rhythms = rhythms(drive);
        let Some(gaps) = recorder_gaps(&rhythms, Span::from_secs(params.value(&LEAST))) else {
            return Found::skipped("fewer than two channels have samples at a steady rate");
        };
        let steady = rhythms.iter().filter(|rhythm| rhythm.is_steady());
        let mut found =
            Found { looked_at: steady.map(|rhythm| rhythm.name.clone()).collect(), ..Found::default() };
        for gap in gaps {
            let seconds = gap.span().secs();
            let sentence = format!("no channel has a sample for {seconds:.2} s");
            let finding = KIND.finding(stretched(gap, gap.start), gap.start, seconds / 10.0, sentence);
            found.findings.push(finding.with("seconds", seconds));
        }
        found
    }),
    sensor: true,
    claim: None,
};
