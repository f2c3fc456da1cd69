//! Questions about tracks: `any(track.class("person") and crossing(ego) and ttc(ego) < 2)`.
//!
//! A question is an expression of [`base::expression`](crate::base::expression). It is true, false or unknown for a subject at
//! each of its moments; what it yields are intervals.
//!
//! - **Subject.** Without `track.`, `class(…)` or a relation to `ego` a question is about the vehicle that recorded; else it
//!   is about every track, the vehicle among them. `ego.speed` is always that of the vehicle.
//! - **Relations** name the other first: `ego`, a class in quotes, `other` for anything, or a question about it:
//!   `near(class("person") and moving(), 5)`. They speak of the subject: `behind(ego)` is "the subject is behind the vehicle".
//! - **Motion** is derived after `RefAV` (Davidson et al. 2025, code 5c5be64): central differences over one sample on either
//!   side, then the median of seven, the ends repeated.
//! - **Unknown** is what has no value: no boxes in space, a signal before its first sample. `and`, `or` and `not` follow
//!   Kleene; intervals hold what is true. What could not be had is said.

mod actor;
pub mod complete;
pub mod error;
mod evaluate;
mod grid;
pub mod intervals;
mod numbers;
mod over_time;
mod pairs;
mod partners;
mod passing;
pub mod question;
mod relations;
mod single;
mod tree;
mod typing;
pub mod words;
pub mod world;

pub use single::is_class;
