//! Figures as a table.

use std::fmt::Write as _;

/// What was measured once.
pub type Figure = f64;

/// The figures of a scenario: a list for each contender, in the order of the rounds.
#[derive(Clone, Debug)]
pub struct Row {
    name: &'static str,
    concurrency: usize,
    figures: Vec<Vec<Figure>>,
}

impl Row {
    /// A row without figures.
    pub fn new(name: &'static str, concurrency: usize, contenders: usize) -> Self {
        Self {
            name,
            concurrency,
            figures: vec![Vec::new(); contenders],
        }
    }

    /// Adds a figure of a contender.
    pub fn add(&mut self, contender: usize, figure: Figure) {
        if let Some(figures) = self.figures.get_mut(contender) {
            figures.push(figure);
        }
    }

    /// The middle figure of a contender.
    pub fn median(&self, contender: usize) -> Option<Figure> {
        quantile(self.figures.get(contender)?, 0.5)
    }

    /// How many times as much as `base` a contender needs, round by round: the lower quartile, the middle, and the upper
    /// quartile.
    pub fn ratio(&self, contender: usize, base: usize) -> Option<[Figure; 3]> {
        let figures = self.figures.get(contender)?.iter();
        let ratios: Vec<_> = figures
            .zip(self.figures.get(base)?)
            .map(|(figure, base)| figure / base)
            .collect();
        Some([
            quantile(&ratios, 0.25)?,
            quantile(&ratios, 0.5)?,
            quantile(&ratios, 0.75)?,
        ])
    }
}

/// The rows as a Markdown table. The first contender is the one that the others are compared with.
pub fn table(contenders: &[&str], rows: &[Row]) -> String {
    let mut text = String::from("| scenario (concurrency) |");
    for name in contenders {
        let _ = write!(text, " {name} |");
    }
    for name in contenders.iter().skip(1) {
        let _ = write!(text, " {name} ÷ {} |", contenders.first().unwrap_or(&""));
    }
    text.push_str("\n|---|");
    text.push_str(&"--:|".repeat(2 * contenders.len() - 1));
    for row in rows {
        let _ = match row.concurrency {
            0 | 1 => write!(text, "\n| {} |", row.name),
            concurrency => write!(text, "\n| {} ({concurrency}) |", row.name),
        };
        for at in 0..contenders.len() {
            let _ = match row.median(at) {
                Some(figure) if figure >= 100.0 => write!(text, " {figure:.0} |"),
                Some(figure) => write!(text, " {figure:.1} |"),
                None => write!(text, " – |"),
            };
        }
        for at in 1..contenders.len() {
            let _ = match row.ratio(at, 0) {
                Some([low, ratio, high]) => {
                    write!(text, " **{ratio:.2}** ({low:.2}–{high:.2}) |")
                }
                None => write!(text, " – |"),
            };
        }
    }
    text.push('\n');
    text
}

fn quantile(figures: &[Figure], part: f64) -> Option<Figure> {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "there are a few dozen figures"
    )]
    let at = (last as f64 * part).round() as usize;
    sorted.get(at).copied()
}

#[cfg(test)]
mod tests {
    use super::{Row, table};

    #[test]
    fn medians_and_ratios() {
        let mut row = Row::new("s", 32, 3);
        for (base, other) in [(1.0, 2.0), (100.0, 150.0), (4.0, 4.0)] {
            row.add(0, base);
            row.add(1, other);
        }
        assert_eq!(
            table(&["bare", "ours", "absent"], &[row]),
            "| scenario (concurrency) | bare | ours | absent | ours ÷ bare | absent ÷ bare |\n\
             |---|--:|--:|--:|--:|--:|\n\
             | s (32) | 4.0 | 4.0 | – | **1.50** (1.50–2.00) | – |\n"
        );
    }
}
