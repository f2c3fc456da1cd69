//! Products of matrices, with the kernels of the built-in runtime.

use rten_gemm::{BiasVector, GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedAMatrix};
use rten_tensor::NdTensorView;

/// A matrix of weights, packed once.
pub(super) struct Weights {
    packed: PackedAMatrix<f32>,
    rows: usize,
    depth: usize,
}

thread_local! {
    static EXECUTOR: GemmExecutor<f32> = GemmExecutor::new();
}

impl Weights {
    /// From `rows` times `depth` numbers, row by row.
    pub(super) fn new(data: &[f32], rows: usize, depth: usize) -> Self {
        let view = NdTensorView::from_data([rows, depth], data);
        Self { packed: EXECUTOR.with(|executor| executor.prepack_a(view)), rows, depth }
    }

    /// Rows of the matrix.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Its product with a matrix of `columns` columns, plus a bias for each row, or added to what is there.
    pub(super) fn times(
        &self,
        right: &[f32],
        columns: usize,
        made: &mut [f32],
        bias: Option<&[f32]>,
        added: bool,
    ) {
        let right = NdTensorView::from_data([self.depth, columns], &right[..self.depth * columns]);
        let options = GemmOptions {
            beta: if added { 1.0 } else { 0.0 },
            bias: bias.map(BiasVector::Column),
            ..GemmOptions::default()
        };
        let (left, right) = (GemmInputA::Packed(&self.packed), GemmInputB::Unpacked(right));
        let done =
            EXECUTOR.with(|executor| executor.gemm(&mut made[..self.rows * columns], left, right, options));
        // The sizes match, so this cannot happen; if it did, no number would be better than a wrong one.
        if done.is_err() {
            made.fill(f32::NAN);
        }
    }
}

/// The product of two matrices, added to what is there.
pub(super) fn product(
    left: &[f32],
    right: &[f32],
    (rows, depth, columns): (usize, usize, usize),
    made: &mut [f32],
) {
    let left = NdTensorView::from_data([rows, depth], &left[..rows * depth]);
    let right = NdTensorView::from_data([depth, columns], &right[..depth * columns]);
    let options = GemmOptions { beta: 1.0, ..GemmOptions::default() };
    let (left, right) = (GemmInputA::Unpacked(left), GemmInputB::Unpacked(right));
    let done = EXECUTOR.with(|executor| executor.gemm(&mut made[..rows * columns], left, right, options));
    if done.is_err() {
        made.fill(f32::NAN);
    }
}
