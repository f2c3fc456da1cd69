//! Hardcase for Python: the module `hardcase._hardcase`, on which the package in `python/hardcase` stands.
//!
//! Arrays come in and go out as numpy arrays; whatever takes long runs without the GIL on a thread of its own, while the calling
//! thread looks for signals.

mod arrays;
mod call;
mod callable;
mod claim;
mod clip;
mod errors;
mod interrupt;
mod model;
mod prediction;
mod stack;
mod suite;
mod table;
mod transforms;
mod verdict;

use pyo3::prelude::*;

#[pymodule]
fn _hardcase(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("Error", module.py().get_type::<errors::Error>())?;
    module.add_class::<clip::Clip>()?;
    module.add_class::<clip::Sample>()?;
    module.add_class::<clip::Samples>()?;
    module.add_class::<model::Model>()?;
    module.add_class::<prediction::Prediction>()?;
    module.add_class::<stack::Stack>()?;
    module.add_class::<table::Table>()?;
    module.add_class::<transforms::TransformInfo>()?;
    module.add_class::<verdict::Verdict>()?;
    module.add_function(wrap_pyfunction!(call::call, module)?)?;
    module.add_function(wrap_pyfunction!(call::main, module)?)?;
    module.add_function(wrap_pyfunction!(call::set_program, module)?)?;
    module.add_function(wrap_pyfunction!(clip::open, module)?)?;
    module.add_function(wrap_pyfunction!(suite::keep, module)?)?;
    module.add_function(wrap_pyfunction!(table::read_parquet, module)?)?;
    module.add_function(wrap_pyfunction!(transforms::transforms, module)?)?;
    module.add_function(wrap_pyfunction!(verdict::check, module)?)?;
    module.add_function(wrap_pyfunction!(verdict::minimize, module)?)?;
    module.add_function(wrap_pyfunction!(verdict::tip, module)?)?;
    Ok(())
}
