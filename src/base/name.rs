//! Names of recordings, channels and classes.

/// A short string that is cheap to clone: up to 23 bytes are kept in place, longer ones are shared.
pub type Name = smol_str::SmolStr;
