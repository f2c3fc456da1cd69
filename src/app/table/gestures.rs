//! Gestures of the mouse, for the sheet of keys and the reference.

/// A gesture: what it does, and how it is made.
pub struct Gesture {
    /// Effect, as an entry of the table says it.
    pub title: &'static str,
    /// Movement of the mouse, as people write it.
    pub how: &'static str,
}

/// Every gesture, by the place where it is made.
pub static GESTURES: &[(&str, &[Gesture])] = &[
    (
        "Mouse on the time axis",
        &[
            Gesture { title: "Go to that moment", how: "click or drag" },
            Gesture { title: "Loop a range", how: "Shift and drag on the ruler" },
            Gesture { title: "Zoom the time axis", how: "Ctrl and wheel" },
            Gesture { title: "Scroll the time axis", how: "wheel on the ruler" },
            Gesture { title: "Move or resize a tag", how: "drag it or its end" },
            Gesture { title: "Move a tag without snapping", how: "Alt and drag" },
            Gesture { title: "Zoom to a part of a signal", how: "drag on its plot" },
            Gesture { title: "Show all of the time axis", how: "double-click on a plot" },
        ],
    ),
    (
        "Mouse on frames and scans",
        &[
            Gesture { title: "Zoom in or out there", how: "wheel" },
            Gesture { title: "Move or resize a shape", how: "drag it or its handle" },
            Gesture { title: "Continue a track on another frame", how: "drag its dotted outline" },
        ],
    ),
    (
        "Mouse on lists and controls",
        &[
            Gesture { title: "Select one more", how: "Ctrl and click" },
            Gesture { title: "Select all up to there", how: "Shift and click" },
            Gesture { title: "Commands for the thing below", how: "right-click" },
            Gesture { title: "Reset a slider", how: "double-click" },
            Gesture { title: "Type a number", how: "click on it" },
        ],
    ),
];
