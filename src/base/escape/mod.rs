//! Names as data: one encoder for each target that text goes into, so that no name becomes code, options, markup, workflow
//! commands or terminal escapes.

pub mod address;
pub mod csv;
pub mod github;
pub mod html;
pub mod json;
pub mod markdown;
pub mod openmetrics;
pub mod python;
pub mod robot;
pub mod sarif;
pub mod shell;
pub mod speech;
pub mod tap;
pub mod terminal;
pub mod visible;
pub mod xml;
