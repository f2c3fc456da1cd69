//! The floating windows that are open, so that one key closes the one that was opened last.

/// Names of the open windows, in the order in which they were opened.
#[derive(Debug, Default)]
pub(in crate::gui) struct Windows {
    open: Vec<&'static str>,
    /// Those that were drawn in this frame.
    drawn: Vec<&'static str>,
    closing: Option<&'static str>,
}

impl Windows {
    /// Says that a window is open in this frame; true when it is to be closed.
    pub(in crate::gui) fn closes(&mut self, name: &'static str) -> bool {
        self.drawn.push(name);
        if !self.open.contains(&name) {
            self.open.push(name);
        }
        self.closing.take_if(|closing| *closing == name).is_some()
    }

    /// Asks the window that was opened last to close; false when none is open.
    pub(in crate::gui) fn close_last(&mut self) -> bool {
        self.closing = self.open.last().copied();
        self.closing.is_some()
    }

    /// True when a window is open.
    pub(in crate::gui) fn any(&self) -> bool {
        !self.open.is_empty()
    }

    /// Forgets those that were not drawn in this frame.
    pub(in crate::gui) fn end_frame(&mut self) {
        let drawn = std::mem::take(&mut self.drawn);
        self.open.retain(|name| drawn.contains(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_window_closes_first() {
        let mut windows = Windows::default();
        assert!(!windows.close_last());
        assert!(!windows.closes("Keys") && !windows.closes("Model"));
        windows.end_frame();
        assert!(windows.close_last());
        assert!(!windows.closes("Keys") && windows.closes("Model"));
        windows.end_frame();
        assert!(!windows.closes("Keys"));
        windows.end_frame();
        assert!(windows.close_last() && windows.closes("Keys"));
        windows.end_frame();
        windows.end_frame();
        assert!(!windows.any() && !windows.close_last());
    }
}
