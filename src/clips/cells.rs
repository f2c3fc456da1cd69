//! Columns of tables as plain vectors.

/// The cells of one column.
#[derive(Clone, Debug, PartialEq)]
pub enum Cells {
    /// Strings as written.
    Texts(Vec<String>),
    /// Whole numbers, which hold nanoseconds exactly.
    Whole(Vec<Option<i64>>),
    /// Numbers; NaN where empty.
    Numbers(Vec<f64>),
    /// Decimal numbers: whole numbers of 10 to the minus this.
    Decimals(Vec<Option<i128>>, i8),
    /// Times of a declared type, in nanoseconds.
    Times(Vec<Option<i64>>, TimeKind),
}

/// Meaning of a time in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeKind {
    /// Nanoseconds since 1970 in UTC, or since another start.
    Instant,
    /// A date: its midnight since 1970.
    Day,
    /// A time of day or a duration.
    Clock,
}

impl Cells {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        match self {
            Self::Texts(cells) => cells.len(),
            Self::Whole(cells) | Self::Times(cells, _) => cells.len(),
            Self::Numbers(cells) => cells.len(),
            Self::Decimals(cells, _) => cells.len(),
        }
    }

    /// The number in a row, if any. Dates are nanoseconds, times of day and durations seconds.
    pub fn number(&self, row: usize) -> Option<f64> {
        let number = match self {
            Self::Texts(cells) => cells.get(row)?.trim().parse().ok()?,
            Self::Whole(cells) | Self::Times(cells, TimeKind::Instant | TimeKind::Day) => {
                (*cells.get(row)?)? as f64
            }
            Self::Times(cells, TimeKind::Clock) => (*cells.get(row)?)? as f64 / 1e9,
            Self::Numbers(cells) => *cells.get(row)?,
            // Powers of ten are exact up to 10^22, and division rounds once.
            Self::Decimals(cells, scale) => (*cells.get(row)?)? as f64 / 10_f64.powi(i32::from(*scale)),
        };
        number.is_finite().then_some(number)
    }

    /// The text of a row; "" if empty.
    pub fn text(&self, row: usize) -> String {
        match self {
            Self::Texts(cells) => cells.get(row).cloned().unwrap_or_default(),
            Self::Whole(cells) | Self::Times(cells, _) => {
                cells.get(row).copied().flatten().map_or_else(String::new, |n| n.to_string())
            }
            Self::Numbers(_) | Self::Decimals(..) => {
                self.number(row).map_or_else(String::new, |number| number.to_string())
            }
        }
    }

    /// The numbers of all rows, NaN where there is none; infinite ones are kept.
    pub(super) fn numbers(&self) -> Vec<f64> {
        if let Self::Numbers(values) = self {
            return values.clone();
        }
        (0..self.rows()).map(|row| self.number(row).unwrap_or(f64::NAN)).collect()
    }
}
