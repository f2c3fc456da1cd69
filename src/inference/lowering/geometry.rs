//! Windows that slide over the last dimensions of a tensor.

use super::error::LoweringError;
use super::proto::Node;

/// Kernel, steps and padding of a sliding window, one of each for a dimension.
pub(super) struct Geometry {
    pub kernel: Vec<usize>,
    pub strides: Vec<usize>,
    pub dilations: Vec<usize>,
    pub begin: Vec<usize>,
    pub end: Vec<usize>,
    /// Size of the output.
    pub out: Vec<usize>,
}

/// Sizes of an attribute, or the same for every dimension.
pub(super) fn sizes(
    node: &Node,
    name: &str,
    rank: usize,
    otherwise: usize,
) -> Result<Vec<usize>, LoweringError> {
    let Some(given) = node.wholes(name) else { return Ok(vec![otherwise; rank]) };
    if given.len() != rank {
        return Err(LoweringError::shape(format!("its {name} {given:?} are not of {rank} dimensions")));
    }
    let size = |value: &i64| {
        usize::try_from(*value)
            .map_err(|_err| LoweringError::shape(format!("its {name} {given:?} are negative")))
    };
    given.iter().map(size).collect()
}

impl Geometry {
    /// Geometry of a step over these sides.
    pub(super) fn of(
        node: &Node,
        sides: &[usize],
        kernel: Vec<usize>,
        ceil: bool,
    ) -> Result<Self, LoweringError> {
        let rank = sides.len();
        if kernel.len() != rank {
            return Err(LoweringError::shape(format!("its kernel {kernel:?} is not of {rank} dimensions")));
        }
        let strides = sizes(node, "strides", rank, 1)?;
        let dilations = sizes(node, "dilations", rank, 1)?;
        if strides.contains(&0) || dilations.contains(&0) || kernel.contains(&0) {
            return Err(LoweringError::shape("its kernel, strides or dilations are zero"));
        }
        let reach: Vec<usize> = (0..rank).map(|k| (kernel[k] - 1) * dilations[k] + 1).collect();
        let auto = node.word("auto_pad", "NOTSET");
        let (mut begin, mut end, mut out) = (vec![0; rank], vec![0; rank], vec![0; rank]);
        if auto == "SAME_UPPER" || auto == "SAME_LOWER" {
            for k in 0..rank {
                out[k] = sides[k].div_ceil(strides[k]);
                let total = (out[k].saturating_sub(1) * strides[k] + reach[k]).saturating_sub(sides[k]);
                begin[k] = if auto == "SAME_UPPER" { total / 2 } else { total.div_ceil(2) };
                end[k] = total - begin[k];
            }
            return Ok(Self { kernel, strides, dilations, begin, end, out });
        }
        if auto == "NOTSET" && node.attribute("pads").is_some() {
            let pads = sizes(node, "pads", 2 * rank, 0)?;
            (begin, end) = (pads[..rank].to_vec(), pads[rank..].to_vec());
        }
        for k in 0..rank {
            let padded = sides[k] + begin[k] + end[k];
            let free = padded
                .checked_sub(reach[k])
                .ok_or_else(|| LoweringError::shape("its window is larger than its input"))?;
            out[k] = free / strides[k] + 1;
            if ceil && free % strides[k] != 0 && out[k] * strides[k] < sides[k] + begin[k] {
                out[k] += 1;
            }
        }
        Ok(Self { kernel, strides, dilations, begin, end, out })
    }

    /// Position in the padded input along a dimension, without the padding; `None` outside of the input.
    pub(super) fn inside(&self, k: usize, out: usize, cell: usize, side: usize) -> Option<usize> {
        (out * self.strides[k] + cell * self.dilations[k]).checked_sub(self.begin[k]).filter(|at| *at < side)
    }
}
