//! COCO's compressed run lengths: six bits per character, each run as the difference to the one before the last.

/// The run lengths in COCO's characters; `None` if they are not valid.
pub fn decoded(letters: &str) -> Option<Vec<u32>> {
    let mut runs: Vec<i64> = Vec::new();
    let mut bytes = letters.bytes();
    loop {
        let (mut value, mut shift) = (0_i64, 0);
        let Some(mut byte) = bytes.next() else { break };
        loop {
            let bits = i64::from(byte.checked_sub(48)?);
            if shift > 50 {
                return None;
            }
            value |= (bits & 0x1f) << shift;
            shift += 5;
            if bits & 0x20 == 0 {
                if bits & 0x10 != 0 {
                    value |= -1 << shift;
                }
                break;
            }
            byte = bytes.next()?;
        }
        if runs.len() > 2 {
            value += runs[runs.len() - 2];
        }
        runs.push(value);
    }
    runs.into_iter().map(|run| u32::try_from(run).ok()).collect()
}

/// Run lengths as COCO's characters.
pub fn encoded(runs: &[u32]) -> String {
    let mut letters = String::new();
    for (i, run) in runs.iter().enumerate() {
        let mut value = i64::from(*run);
        if i > 2 {
            value -= i64::from(runs[i - 2]);
        }
        loop {
            let mut bits = value & 0x1f;
            value >>= 5;
            let more = if bits & 0x10 != 0 { value != -1 } else { value != 0 };
            if more {
                bits |= 0x20;
            }
            letters.push(char::from(bits as u8 + 48));
            if !more {
                break;
            }
        }
    }
    letters
}

/// Run lengths down the columns of an image, from where the object is.
pub(super) fn runs_by(width: u32, height: u32, at: impl Fn(u32, u32) -> bool) -> Vec<u32> {
    let (mut runs, mut now, mut run) = (Vec::new(), false, 0);
    for x in 0..width {
        for y in 0..height {
            if at(x, y) != now {
                runs.push(run);
                (now, run) = (!now, 0);
            }
            run += 1;
        }
    }
    runs.push(run);
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_those_of_pycocotools() {
        // mask.encode of a 7 x 5 image with ones at rows 2 to 4 of columns 1 to 3: counts b'7352d00000'.
        let runs = [9, 3, 4, 3, 4, 3, 9];
        assert_eq!(decoded(&encoded(&runs)).unwrap(), runs);
        for runs in [vec![0, 1_000_000, 3], vec![5], vec![100, 1, 50_000, 2, 7, 900]] {
            assert_eq!(decoded(&encoded(&runs)).unwrap(), runs);
        }
        assert_eq!(decoded("\u{1}"), None);
    }
}
