//! Precision and recall of every finder on a synthetic drive with planted events, as in `docs/mining.md`:
//! `cargo run --release --no-default-features --example measure_mining -- SEED SECONDS [all]`
//!
//! Thresholds were tuned on seed 1; seed 5 is reported.
#![expect(clippy::print_stdout, reason = "a program of the command line")]

#[path = "../tests/common/planted/mod.rs"]
mod planted;

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, usual: u64| args.get(at).map_or(Ok(usual), |text| text.parse());
    let (seed, seconds) = (number(0, 5)?, number(1, 3600)?);
    let drive = planted::drive(seed, seconds as f64);
    let mined = planted::mined(&drive, 2);
    println!("Seed {seed}, {seconds} s\n");
    println!("| finder | planted | found | recall | findings | right | of these following | precision |");
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    for (finder, score) in planted::scores(&drive, &mined) {
        println!(
            "| `{finder}` | {} | {} | {:.3} | {} | {} | {} | {:.3} |",
            score.planted,
            score.recalled,
            score.recall(),
            score.findings,
            score.right,
            score.following,
            score.precision()
        );
        if args.iter().any(|arg| arg == "all") {
            score.missed.iter().take(4).for_each(|missed| println!("    missed {missed:?}"));
            score.wrong.iter().take(6).for_each(|wrong| println!("    wrong {wrong:?}"));
        }
    }
    Ok(())
}
