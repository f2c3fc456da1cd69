//! Chain codes of polylines in `OpenLABEL`, modes `SRF6DCC` and `RS6FCC`.
//!
//! A chain of symbols of three bits walks from pixel to pixel, in eight directions: 0 goes on, 1 to 4 turn by 45 or 90
//! degrees to either side and go, 5 turns around, 6 and 7 go on by a short and a long run. Two symbols make a letter of
//! Base64; `rest` symbols at the end only fill the last letter (the library VCD of the authors of the standard).

/// The first direction is down.
const FIRST: usize = 2;

/// Steps to the right and down by direction, clockwise on the screen.
const STEPS: [[i64; 2]; 8] = [[1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [-1, -1], [0, -1], [1, -1]];

/// The corners of a chain from `start`, both ends included, or `None` if it is not valid. `short` and `long` are the
/// lengths of runs; they are 3 and 15 in `SRF6DCC`.
pub(super) fn decoded(
    start: [i64; 2],
    (short, long): (i64, i64),
    rest: usize,
    letters: &str,
) -> Option<Vec<[f32; 2]>> {
    let mut symbols = Vec::with_capacity(letters.len() * 2);
    for letter in letters.bytes() {
        let bits = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        symbols.extend([bits >> 3, bits & 7]);
    }
    symbols.truncate(symbols.len().checked_sub(rest)?);
    let (mut at, mut direction) = (start, FIRST);
    let mut corners = vec![start];
    let mut last = None;
    for symbol in symbols {
        let turn = match symbol {
            1 => 1,
            2 => 7,
            3 => 2,
            4 => 6,
            5 => 4,
            _ => 0,
        };
        direction = (direction + turn) % 8;
        let count = match symbol {
            5 => 0,
            6 => short,
            7 => long,
            _ => 1,
        };
        if count < 0 {
            return None;
        }
        let [x, y] = STEPS[direction];
        at = [at[0].checked_add(x.checked_mul(count)?)?, at[1].checked_add(y.checked_mul(count)?)?];
        if count == 0 {
            continue;
        }
        // A line that goes on in the same direction has no corner there.
        if last == Some(direction) {
            corners.pop();
        }
        corners.push(at);
        last = Some(direction);
    }
    Some(corners.into_iter().map(|[x, y]| [x as f32, y as f32]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_are_those_of_the_library_of_the_standard() {
        let check = |start, runs, rest, letters: &str, expected: &[[f32; 2]]| {
            assert_eq!(decoded(start, runs, rest, letters).as_deref(), Some(expected), "{letters}");
        };
        // The example of the standard: the same polyline as text and as numbers.
        let round = [
            [5.0, 5.0],
            [10.0, 5.0],
            [11.0, 6.0],
            [11.0, 8.0],
            [9.0, 10.0],
            [5.0, 10.0],
            [3.0, 8.0],
            [3.0, 6.0],
            [4.0, 5.0],
        ];
        check([5, 5], (3, 15), 1, "mBIIOIII", &round);
        let square = [[10.0, 10.0], [40.0, 10.0], [40.0, 30.0], [10.0, 30.0], [10.0, 10.0]];
        check([10, 10], (29, 19), 0, "nAAAAAYAAAAAAAAAfAAAAAYAAAAAAAAA", &square);
        check([7, 3], (3, 15), 0, "n2FWwD+A", &[[7.0, 3.0], [30.0, 3.0], [21.0, 12.0], [0.0, -9.0]]);
        assert_eq!(decoded([0, 0], (3, 15), 0, "a-b"), None, "no letter of Base64");
        assert_eq!(decoded([0, 0], (3, 15), 3, "m"), None, "more filling than symbols");
    }
}
