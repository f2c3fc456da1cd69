//! Judges a claim about two predictions, without a model: `cargo run --example check_claim`.
//!
//! A model steers. Its camera image is mirrored, so the steering angle must change its sign: that is what the transform promises, and the
//! claim compares with it.
#![expect(clippy::print_stdout, reason = "a program of the command line")]

use anyhow::anyhow;
use hardcase::claims::Pair;
use hardcase::claims::spec::{Claim, build, title};
use hardcase::data::cases::case::ClaimSpec;
use hardcase::data::prediction::{Expected, NamedValue, Prediction};
use hardcase::transforms::catalog::BUILT_IN;
use hardcase::transforms::stack;

fn main() -> anyhow::Result<()> {
    let (before, after) = (steering(0.20), steering(-0.12));

    // What the transform says about the prediction.
    let mirror = stack::parse(&BUILT_IN, "mirror", 0)?;
    let Expected::Answer(expected) = stack::expected(&BUILT_IN, &mirror, &before, (320, 240))? else {
        anyhow::bail!("a mirror promises something about steering");
    };

    // What must hold, with a tolerance.
    let mut claim = ClaimSpec::new("close_values");
    claim.params.insert("absolute", 0.05);
    let Claim::Pair(judge) = build(&claim)? else { anyhow::bail!("it compares two predictions") };
    let judged = judge.judge(&Pair { before: &before, expected: &expected, after: &after });
    let judgment = judged.map_err(|unjudged| anyhow!(unjudged.0))?;

    let verdict = &judgment.verdict;
    println!("{}: {} {} (margin {:?})", title(&claim.claim), verdict.word(), verdict.why(), judgment.margin);
    anyhow::ensure!(verdict.failed(), "0.12 is not within 0.05 of 0.20");
    Ok(())
}

fn steering(value: f32) -> Prediction {
    let name = "steering".to_owned();
    Prediction::Values { values: vec![NamedValue { name, value, unit: "rad".to_owned(), lateral: true }] }
}
