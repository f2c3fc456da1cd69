//! Pool of objects for exclusive use, created on demand.

use std::sync::{Condvar, Mutex, PoisonError};

/// A limited number of objects, each used by one caller at a time.
pub(super) struct Pool<T> {
    most: usize,
    state: Mutex<State<T>>,
    freed: Condvar,
}

struct State<T> {
    idle: Vec<T>,
    made: usize,
}

impl<T> Pool<T> {
    /// A pool with one object; it grows up to the number of processors.
    pub(super) fn new(first: T) -> Self {
        let most = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { most, state: Mutex::new(State { idle: vec![first], made: 1 }), freed: Condvar::new() }
    }

    /// A free object; another is created while the limit allows.
    pub(super) fn take<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(one) = state.idle.pop() {
                return Ok(one);
            }
            if state.made < self.most {
                state.made += 1;
                drop(state);
                return make().inspect_err(|_| self.lost());
            }
            state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Returns an object.
    pub(super) fn give_back(&self, one: T) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).idle.push(one);
        self.freed.notify_one();
    }

    /// Forgets an object that does not come back.
    pub(super) fn lost(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).made -= 1;
        self.freed.notify_one();
    }
}
