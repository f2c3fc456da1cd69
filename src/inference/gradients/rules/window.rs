//! Geometry of windows that move over an image: convolution and pooling, in one or two dimensions.

use std::ops::Range;

use super::{Facts, each};
use crate::inference::gradients::error::GradientError;

/// Windows over planes. One dimension is a plane of one row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// Rows and columns of the input.
    pub(super) from: [usize; 2],
    /// Rows and columns of the output.
    pub(super) to: [usize; 2],
    /// Cells of the window.
    pub(super) kernel: [usize; 2],
    pub(super) stride: [usize; 2],
    pub(super) dilation: [usize; 2],
    /// Above and left of the input; negative if the input is cropped.
    pub(super) pad: [i64; 2],
}

impl Window {
    /// The windows of a step with this input and kernel; without a kernel it is in the attributes.
    pub(super) fn of(
        facts: &Facts<'_>,
        shape: &[usize],
        kernel: Option<&[usize]>,
    ) -> Result<Self, GradientError> {
        let sides = planes(facts, shape)?;
        let flat = shape.len() == 3;
        let own = facts.node.wholes("kernel_shape");
        let kernel = match kernel {
            Some(kernel) => kernel.to_vec(),
            None => own.iter().map(|side| (*side).max(1) as usize).collect(),
        };
        let two = |values: &[i64], otherwise: i64| -> [i64; 2] {
            let at = |i: usize| values.get(i).copied().unwrap_or(otherwise);
            if flat { [otherwise, at(0)] } else { [at(0), at(1)] }
        };
        let whole: Vec<i64> = kernel.iter().map(|side| *side as i64).collect();
        let kernel = two(&whole, 1).map(|side| side.max(1) as usize);
        let stride = two(&facts.node.wholes("strides"), 1).map(|side| side.max(1) as usize);
        let dilation = two(&facts.node.wholes("dilations"), 1).map(|side| side.max(1) as usize);
        let pads = facts.node.wholes("pads");
        let (begin, end) = pads.split_at(pads.len() / 2);
        let (mut begin, mut end) = (two(begin, 0), two(end, 0));
        let auto = facts.node.word("auto_pad");
        let up = facts.node.whole("ceil_mode", 0) != 0;
        let mut to = [0; 2];
        for (axis, made) in to.iter_mut().enumerate() {
            let span = ((kernel[axis] - 1) * dilation[axis] + 1) as i64;
            let (side, step) = (sides[axis] as i64, stride[axis] as i64);
            if auto.starts_with("SAME") {
                let all = (((side + step - 1) / step - 1) * step + span - side).max(0);
                let before = if auto == "SAME_LOWER" { (all + 1) / 2 } else { all / 2 };
                (begin[axis], end[axis]) = (before, all - before);
            } else if auto == "VALID" {
                (begin[axis], end[axis]) = (0, 0);
            }
            let room = side + begin[axis] + end[axis] - span;
            let mut count = (if up { room + step - 1 } else { room }).div_euclid(step) + 1;
            // A window that begins behind the input does not count.
            if up && (count - 1) * step >= side + begin[axis] {
                count -= 1;
            }
            *made = usize::try_from(count)
                .ok()
                .filter(|count| *count > 0)
                .ok_or_else(|| facts.unsupported("has a window larger than its input"))?;
        }
        Ok(Self { from: sides, to, kernel, stride, dilation, pad: begin })
    }

    /// The windows that go back: the input and the output exchanged. For a stride of one.
    pub(super) fn turned(&self) -> Self {
        let pad = |axis: usize| ((self.kernel[axis] - 1) * self.dilation[axis]) as i64 - self.pad[axis];
        Self { from: self.to, to: self.from, pad: [pad(0), pad(1)], ..*self }
    }

    /// Cells of the window.
    pub(super) fn cells(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Numbers of a plane of the input.
    pub(super) fn input_plane(&self) -> usize {
        self.from[0] * self.from[1]
    }

    /// Numbers of a plane of the output.
    pub(super) fn output_plane(&self) -> usize {
        self.to[0] * self.to[1]
    }

    /// The row or column of the input under a cell of the kernel, for a cell of the output.
    pub(super) fn place(&self, axis: usize, output: usize, kernel: usize) -> Option<usize> {
        let at = (output * self.stride[axis] + kernel * self.dilation[axis]) as i64 - self.pad[axis];
        usize::try_from(at).ok().filter(|at| *at < self.from[axis])
    }

    /// Columns of the output for which a column of the kernel lies in the input.
    fn inside(&self, kernel: usize) -> Range<usize> {
        let offset = (kernel * self.dilation[1]) as i64 - self.pad[1];
        let step = self.stride[1] as i64;
        let first = (-offset + step - 1).div_euclid(step).clamp(0, self.to[1] as i64);
        let last = (self.from[1] as i64 - offset + step - 1).div_euclid(step).clamp(first, self.to[1] as i64);
        first as usize..last as usize
    }

    /// Calls `take` for each row of the input that a row of the output sees through one cell: first the columns of the
    /// output that lie inside, then the first number of the input in its plane.
    pub(super) fn seen(&self, row: usize, cell: usize, take: impl FnOnce(Range<usize>, usize)) {
        let (ky, kx) = (cell / self.kernel[1], cell % self.kernel[1]);
        let Some(y) = self.place(0, row, ky) else { return };
        let inside = self.inside(kx);
        if !inside.is_empty() {
            let x = self.place(1, inside.start, kx).unwrap_or(0);
            take(inside, y * self.from[1] + x);
        }
    }

    /// The matrix of all cells under some rows of the output, for planes of the input: a row for each plane and cell.
    pub(super) fn columns(
        &self,
        planes: &[f32],
        count: usize,
        rows: Range<usize>,
        images: usize,
        made: &mut [f32],
    ) {
        let (plane, width) = (self.input_plane() * images, self.to[1] * images);
        let row = rows.len() * width;
        for (number, line) in made.chunks_exact_mut(row).enumerate().take(count * self.cells()) {
            let (channel, cell) = (number / self.cells(), number % self.cells());
            let given = &planes[channel * plane..(channel + 1) * plane];
            for (line, y) in line.chunks_exact_mut(width).zip(rows.clone()) {
                let mut whole = 0..0;
                self.seen(y, cell, |inside, start| {
                    whole = inside.start * images..inside.end * images;
                    let target = &mut line[whole.clone()];
                    if self.stride[1] == 1 {
                        target.copy_from_slice(&given[start * images..][..target.len()]);
                    } else if images == 1 {
                        let from = given[start..].iter().step_by(self.stride[1]);
                        target.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
                    } else {
                        let step = self.stride[1] * images;
                        for (to, from) in
                            target.chunks_exact_mut(images).zip((start * images..).step_by(step))
                        {
                            to.copy_from_slice(&given[from..from + images]);
                        }
                    }
                });
                line[..whole.start].fill(0.0);
                line[whole.end..].fill(0.0);
            }
        }
    }

    /// Adds such a matrix to the planes of the input that it was made of.
    pub(super) fn give_back(
        &self,
        columns: &[f32],
        count: usize,
        rows: Range<usize>,
        images: usize,
        planes: &mut [f32],
    ) {
        let (plane, width) = (self.input_plane() * images, self.to[1] * images);
        let row = rows.len() * width;
        for (number, line) in columns.chunks_exact(row).enumerate().take(count * self.cells()) {
            let (channel, cell) = (number / self.cells(), number % self.cells());
            let below = &mut planes[channel * plane..(channel + 1) * plane];
            for (line, y) in line.chunks_exact(width).zip(rows.clone()) {
                self.seen(y, cell, |inside, start| {
                    let part = &line[inside.start * images..inside.end * images];
                    if self.stride[1] == 1 {
                        each::add(&mut below[start * images..][..part.len()], part);
                    } else if images == 1 {
                        let to = below[start..].iter_mut().step_by(self.stride[1]);
                        to.zip(part).for_each(|(to, part)| *to += part);
                    } else {
                        let step = self.stride[1] * images;
                        for (part, to) in part.chunks_exact(images).zip((start * images..).step_by(step)) {
                            each::add(&mut below[to..to + images], part);
                        }
                    }
                });
            }
        }
    }
}

/// Rows and columns of an input with a batch of one.
pub(super) fn planes(facts: &Facts<'_>, shape: &[usize]) -> Result<[usize; 2], GradientError> {
    match *shape {
        [1, _, width] => Ok([1, width]),
        [1, _, height, width] => Ok([height, width]),
        [_, _, _] | [_, _, _, _] => {
            Err(facts.unsupported("is supported for a batch of one image in the graph only"))
        }
        _ => Err(facts.unsupported("is supported in one and two dimensions only")),
    }
}

/// Shape of an output with these channels and planes, of as many dimensions as the input.
pub(super) fn output_shape(input: &[usize], channels: usize, to: [usize; 2]) -> Vec<usize> {
    if input.len() == 3 { vec![1, channels, to[1]] } else { vec![1, channels, to[0], to[1]] }
}
