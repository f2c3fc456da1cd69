//! Models that are functions of the program that this library is a part of: a callable of Python.
//!
//! A function is registered under a name and is then found wherever a model file is named, until its registration is dropped.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::inference::Graph;
use crate::inference::card::ModelCard;
use crate::inference::fit::CardError;
use crate::inference::inputs;
use crate::inference::onnx_file::{OnnxInfo, ValueInfo};

/// A function with everything that a model file says about itself.
#[derive(Clone)]
pub struct Function {
    /// Inputs and outputs; its outputs are read by the decoder of the card.
    pub card: ModelCard,
    /// The function.
    pub graph: Arc<dyn Graph>,
    /// Name on screen of what runs it: `Python callable`.
    pub title: String,
    /// Identity in place of the checksum of a file: two functions of one identity give the same predictions.
    pub sha256: String,
    /// Most inputs of one call.
    pub batch: usize,
}

static REGISTERED: Mutex<BTreeMap<PathBuf, Function>> = Mutex::new(BTreeMap::new());

/// A registration; dropping it ends it.
#[derive(Debug)]
pub struct Registered {
    path: PathBuf,
}

impl Registered {
    /// The path under which the function is found.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        REGISTERED.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.path);
    }
}

/// Registers a function under its name, with a number behind it where another one has that name.
pub fn register(function: Function) -> Registered {
    let mut all = REGISTERED.lock().unwrap_or_else(PoisonError::into_inner);
    let name = format!("callable:{}", function.card.name.replace(['/', '\\'], "_"));
    let numbered =
        (1_u64..).map(|number| if number == 1 { name.clone() } else { format!("{name}-{number}") });
    let path = numbered.map(PathBuf::from).find(|path| !all.contains_key(path)).unwrap_or_default();
    all.insert(path.clone(), function);
    Registered { path }
}

/// The function that is registered under this path.
pub fn registered(path: &Path) -> Option<Function> {
    REGISTERED.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
}

/// The inputs that a card describes, as a model file would; the first dimension is open for batches.
pub(super) fn described(card: &ModelCard) -> Result<OnnxInfo, CardError> {
    let input = |(name, shape): inputs::Given| ValueInfo {
        name,
        element: "float".to_owned(),
        shape: shape
            .into_iter()
            .enumerate()
            .map(|(at, side)| side.filter(|_| at > 0).map(|n| n as u64))
            .collect(),
    };
    let inputs = inputs::given(card)?.into_iter().map(input).collect();
    Ok(OnnxInfo { inputs, ..OnnxInfo::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::image::Image;
    use crate::data::prediction::Prediction;
    use crate::inference::backend::Backend;
    use crate::inference::embedded;
    use crate::inference::error::GraphError;
    use crate::inference::model::Model;
    use crate::inference::{ModelError, Tensor};

    /// The mean of the red channel as a value.
    struct Redness;

    impl Graph for Redness {
        fn run(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, GraphError> {
            let input = &inputs[0];
            let count = input.shape[0];
            let each = input.data.len() / count;
            let mean = |image: &[f32]| image.iter().step_by(3).sum::<f32>() / (each / 3) as f32;
            let data = input.data.chunks_exact(each).map(mean).collect();
            Ok(vec![Tensor { name: "red".to_owned(), shape: vec![count, 1], data }])
        }
    }

    fn redness() -> Function {
        let card = toml::from_str(
            "name = \"redness\"\ndecoder = \"values\"\nlabels = [\"red\"]\n[input]\nname = \"image\"\nwidth = 4\nheight = 4\nlayout = \"NHWC\"",
        )
        .unwrap();
        Function {
            card,
            graph: Arc::new(Redness),
            title: "test".to_owned(),
            sha256: "1".to_owned(),
            batch: 8,
        }
    }

    #[test]
    fn a_function_is_found_where_a_model_is_named_until_it_is_dropped() {
        let (first, second) = (register(redness()), register(redness()));
        assert_ne!(first.path(), second.path());
        let path = first.path().to_owned();
        let model = Model::load(&path, &embedded::KIND, 1).unwrap();
        let prediction = model.predict(&Image::filled(8, 8, [40, 0, 0])).unwrap();
        let Prediction::Values { values } = prediction else { panic!("{prediction:?}") };
        assert_eq!((values[0].name.as_str(), values[0].value), ("red", 40.0));
        assert_eq!(model.batch(), 8);
        drop(first);
        assert!(matches!(Model::load(&path, &embedded::KIND, 1), Err(ModelError::Io { .. })));
    }

    #[test]
    fn the_card_of_another_model_does_not_count() {
        let registered = register(redness());
        let mut other = redness().card;
        other.input.std = [255.0; 3];
        let model = Model::load_with(registered.path(), Some(other), &embedded::KIND, 1).unwrap();
        assert_eq!(model.card, redness().card);
    }

    #[test]
    fn a_function_runs_on_no_other_backend() {
        let registered = register(redness());
        let model = Model::load(registered.path(), &embedded::KIND, 1).unwrap();
        let refused = model.on(&Backend::from(&embedded::KIND)).err().map(|err| err.to_string());
        assert!(refused.is_some_and(|text| text.contains("runs on no other backend")));
    }
}
