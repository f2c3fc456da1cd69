//! Instruction-set level of the processor: programs of one level compute the same numbers to the last digit.

/// The instruction sets that this processor has, of those that runtimes and loops of this program choose between:
/// `x86_64+avx2+fma`, `x86_64+avx2+fma+avx512f…`, `aarch64+dotprod`.
///
/// Kernels for matrices add up in an order that depends on the width of the vectors, so the last digit of a confidence may
/// differ between levels and is the same within one.
pub fn level() -> String {
    let mut names = vec![std::env::consts::ARCH];
    names.extend(features());
    names.join("+")
}

/// Name of the processor as its maker calls it, where the system tells it; else its architecture.
pub fn name() -> String {
    let about = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let named = about.lines().filter_map(|line| line.split_once(':'));
    let mut named = named.filter(|(key, _)| key.trim() == "model name").map(|(_, name)| name.trim());
    named.find(|name| !name.is_empty()).unwrap_or(std::env::consts::ARCH).to_owned()
}

#[cfg(target_arch = "x86_64")]
fn features() -> Vec<&'static str> {
    use std::arch::is_x86_feature_detected as has;
    let all = [
        ("avx2", has!("avx2")),
        ("fma", has!("fma")),
        ("avxvnni", has!("avxvnni")),
        ("avx512f", has!("avx512f")),
        ("avx512bw", has!("avx512bw")),
        ("avx512dq", has!("avx512dq")),
        ("avx512vl", has!("avx512vl")),
        ("avx512vbmi", has!("avx512vbmi")),
        ("avx512vnni", has!("avx512vnni")),
        ("avx512bf16", has!("avx512bf16")),
    ];
    all.into_iter().filter(|(_, there)| *there).map(|(name, _)| name).collect()
}

#[cfg(target_arch = "aarch64")]
fn features() -> Vec<&'static str> {
    use std::arch::is_aarch64_feature_detected as has;
    let all =
        [("dotprod", has!("dotprod")), ("i8mm", has!("i8mm")), ("bf16", has!("bf16")), ("sve", has!("sve"))];
    all.into_iter().filter(|(_, there)| *there).map(|(name, _)| name).collect()
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn features() -> Vec<&'static str> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_begins_with_the_architecture() {
        let level = level();
        assert_eq!(level.split('+').next(), Some(std::env::consts::ARCH));
        assert_eq!(
            cfg!(target_arch = "x86_64") && std::is_x86_feature_detected!("avx2"),
            level.contains("avx2")
        );
    }
}
