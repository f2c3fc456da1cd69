//! Preparation of ONNX graphs for the built-in runtime: what it lacks or computes differently is rewritten into steps that
//! it has, computed by the program itself, or refused by name. A lowering is a kind: a `static` in the file of its
//! operator, and its line below. What is in no line goes to the runtime as it is.

mod activations;
mod call;
mod cast;
mod col2im;
mod convolution;
mod counting;
mod crop;
mod dropout;
mod elementwise;
mod error;
mod facts;
mod flow;
mod functions;
mod geometry;
mod graph;
mod grid;
mod losses;
mod nms;
mod normalization;
mod pad;
mod parts;
mod pooling;
mod program;
mod proto;
mod quantized;
mod recurrent;
mod resize;
mod rewrite;
mod roi;
mod selection;
mod softmax;
mod values;
mod weights;
mod windows;

pub(super) use error::LoweringError;
pub(super) use program::Program;

use call::Own;
use proto::Node;
use rewrite::Rewrite;

/// Preparation of one operator.
pub(super) struct LoweringKind {
    /// The operator of the default set.
    operator: &'static str,
    /// Decides what becomes of a step. Steps written to the [`Rewrite`] take its place; they are not lowered again.
    lower: fn(&Node, &mut Rewrite<'_, '_>) -> Result<Action, LoweringError>,
}

/// Fate of a step.
enum Action {
    /// The runtime computes it as it is.
    Keep,
    /// Other steps were written in its place.
    Replaced,
    /// The program computes it.
    Own(Own),
}

/// Every lowering.
static KINDS: &[&LoweringKind] = &[
    &activations::CELU,
    &activations::MISH,
    &activations::SELU,
    &activations::SHRINK,
    &activations::SIGN,
    &activations::THRESHOLDED_RELU,
    &cast::CAST,
    &cast::CAST_LIKE,
    &cast::BIT_CAST,
    &cast::POW,
    &col2im::KIND,
    &convolution::CONV,
    &convolution::CONV_INTEGER,
    &convolution::CONV_TRANSPOSE,
    &counting::COMPRESS,
    &counting::CUM_PROD,
    &counting::DET,
    &counting::ONE_HOT,
    &counting::UNIQUE,
    &crop::CENTER_CROP_PAD,
    &crop::SPACE_TO_DEPTH,
    &dropout::KIND,
    &elementwise::ABS,
    &elementwise::ADD,
    &elementwise::BIT_SHIFT,
    &elementwise::BITWISE_AND,
    &elementwise::BITWISE_NOT,
    &elementwise::BITWISE_OR,
    &elementwise::BITWISE_XOR,
    &elementwise::CLIP,
    &elementwise::DIV,
    &elementwise::EQUAL,
    &elementwise::GREATER,
    &elementwise::GREATER_OR_EQUAL,
    &elementwise::IS_INF,
    &elementwise::LESS,
    &elementwise::LESS_OR_EQUAL,
    &elementwise::MAX,
    &elementwise::MIN,
    &elementwise::MOD,
    &elementwise::MUL,
    &elementwise::NEG,
    &elementwise::SUB,
    &grid::AFFINE_GRID,
    &grid::GRID_SAMPLE,
    &losses::NEGATIVE_LOG_LIKELIHOOD,
    &losses::SOFTMAX_CROSS_ENTROPY,
    &nms::KIND,
    &normalization::GROUP,
    &normalization::LAYER,
    &normalization::LOCAL_RESPONSE,
    &normalization::MEAN_VARIANCE,
    &pad::KIND,
    &pooling::AVERAGE,
    &pooling::GLOBAL_LP,
    &pooling::LP,
    &pooling::MAX,
    &pooling::MAX_UNPOOL,
    &quantized::DYNAMIC_QUANTIZE,
    &quantized::DEQUANTIZE,
    &quantized::MAT_MUL_INTEGER,
    &quantized::Q_LINEAR_CONV,
    &quantized::Q_LINEAR_MAT_MUL,
    &quantized::QUANTIZE,
    &recurrent::GRU,
    &recurrent::LSTM,
    &recurrent::RNN,
    &resize::RESIZE,
    &resize::UPSAMPLE,
    &roi::ROI_ALIGN,
    &selection::ARG_MAX,
    &selection::ARG_MIN,
    &selection::SEQUENCE_INSERT,
    &softmax::HARDMAX,
    &softmax::LOG_SOFTMAX,
    &softmax::SOFTMAX,
    &windows::BLACKMAN,
    &windows::HAMMING,
    &windows::HANN,
];
