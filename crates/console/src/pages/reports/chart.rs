//! Bars in an SVG, by attributes alone, and the same figures as a table.

use crate::format;

/// Units of the drawing.
const WIDTH: f64 = 540.0;
/// Where the bars begin: room for eight Chinese characters before them.
const LEFT: f64 = 110.0;
/// Where the longest bar ends: room for its figure behind it.
const RIGHT: f64 = 470.0;
/// From one bar to the next.
const STEP: f64 = 26.0;
/// The height of a bar.
const THICK: f64 = 14.0;
/// Above the first bar: room for the numbers of the axis.
const TOP: f64 = 24.0;
/// Characters of a label before it is cut short; the whole one stands in the table.
const LABEL: usize = 8;
/// Lines of the axis beside its zero.
const TICKS: u64 = 4;

/// What is drawn: some values for each label, stacked.
pub(crate) struct Figures {
    pub(crate) title: &'static str,
    /// What the values of a row are, in the order of their bars.
    pub(crate) series: Vec<&'static str>,
    pub(crate) rows: Vec<FigureRow>,
}

/// One bar, and one line of the table.
pub(crate) struct FigureRow {
    pub(crate) label: String,
    /// Where more of it is to be seen; empty for nowhere.
    pub(crate) href: String,
    pub(crate) values: Vec<u64>,
}

/// A drawing with its table.
pub(crate) struct Chart {
    /// Names it within the page.
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) view_box: String,
    pub(crate) bottom: String,
    pub(crate) ticks: Vec<Tick>,
    pub(crate) bars: Vec<Bar>,
    /// The shade and the name of each series, where there is more than one.
    pub(crate) legend: Vec<(&'static str, &'static str)>,
    pub(crate) series: Vec<&'static str>,
    pub(crate) table: Vec<TableRow>,
}

pub(crate) struct Tick {
    pub(crate) x: String,
    pub(crate) text: String,
    pub(crate) is_zero: bool,
}

pub(crate) struct Bar {
    pub(crate) y: String,
    pub(crate) text_y: String,
    pub(crate) label: String,
    pub(crate) parts: Vec<Piece>,
    pub(crate) value_x: String,
    pub(crate) value: String,
}

pub(crate) struct Piece {
    pub(crate) x: String,
    pub(crate) width: String,
    pub(crate) shade: &'static str,
    pub(crate) title: String,
}

pub(crate) struct TableRow {
    pub(crate) label: String,
    pub(crate) href: String,
    pub(crate) values: Vec<String>,
    pub(crate) total: String,
}

/// Dark and light, so that they differ without colour too.
const SHADES: [&str; 2] = ["b1", "b2"];

impl Chart {
    pub(crate) fn of(id: &'static str, figures: Figures) -> Chart {
        let total = |row: &FigureRow| row.values.iter().sum::<u64>();
        let end = axis_end(figures.rows.iter().map(total).max().unwrap_or(0));
        let scale = |value: u64| (RIGHT - LEFT) * value as f64 / end as f64;
        let height = TOP + STEP * figures.rows.len() as f64 + 4.0;
        let tick = |place: u64| {
            let value = end * place / TICKS;
            Tick { x: number(LEFT + scale(value)), text: format::count(value), is_zero: place == 0 }
        };
        let bar = |(place, row): (usize, &FigureRow)| {
            let y = TOP + STEP * place as f64 + 2.0;
            let mut x = LEFT;
            let mut parts = Vec::new();
            for (which, value) in row.values.iter().enumerate().filter(|(_, value)| **value > 0) {
                let width = scale(*value);
                let series = figures.series.get(which).copied().unwrap_or_default();
                let title = format!("{} {series} {}", row.label, format::count(*value));
                let shade = SHADES[which % SHADES.len()];
                parts.push(Piece { x: number(x), width: number(width), shade, title });
                x += width;
            }
            Bar {
                y: number(y),
                text_y: number(y + THICK - 3.0),
                label: short(&row.label),
                parts,
                value_x: number(x + 6.0),
                value: format::count(total(row)),
            }
        };
        let several = figures.series.len() > 1;
        Chart {
            id,
            title: figures.title,
            view_box: format!("0 0 {WIDTH} {height}"),
            bottom: number(height - 4.0),
            ticks: (0..=TICKS).map(tick).collect(),
            bars: figures.rows.iter().enumerate().map(bar).collect(),
            legend: SHADES.into_iter().zip(figures.series.iter().copied()).filter(|_| several).collect(),
            table: figures
                .rows
                .iter()
                .map(|row| TableRow {
                    label: row.label.clone(),
                    href: row.href.clone(),
                    values: row.values.iter().copied().map(format::count).collect(),
                    total: format::count(total(row)),
                })
                .collect(),
            series: figures.series,
        }
    }
}

/// The end of the axis: a round number that the greatest value does not pass and that its lines divide.
fn axis_end(greatest: u64) -> u64 {
    let mut step = 1;
    loop {
        for times in [1, 2, 5] {
            if step * times * TICKS >= greatest {
                return step * times * TICKS;
            }
        }
        step *= 10;
    }
}

fn short(label: &str) -> String {
    match label.chars().count() {
        ..=LABEL => label.to_owned(),
        _ => label.chars().take(LABEL - 1).chain(['…']).collect(),
    }
}

fn number(value: f64) -> String {
    format!("{value:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_begins_at_zero_and_ends_at_a_round_number_that_nothing_passes() {
        let ends = [0, 1, 4, 5, 8, 9, 20, 21, 33_226].map(axis_end);
        assert_eq!(ends, [4, 4, 4, 8, 8, 20, 20, 40, 40_000]);
    }

    #[test]
    fn bars_are_as_long_as_their_values_and_the_table_says_the_same() {
        let row =
            |label: &str, values: Vec<u64>| FigureRow { label: label.into(), href: String::new(), values };
        let chart = Chart::of(
            "kinds",
            Figures {
                title: "类别",
                series: vec!["离休", "退休"],
                rows: vec![row("甲", vec![10, 30]), row("乙", vec![0, 20]), row("丙", vec![0, 0])],
            },
        );
        let widths = |bar: &Bar| bar.parts.iter().map(|part| part.width.clone()).collect::<Vec<_>>();
        assert_eq!(
            chart.bars.iter().map(widths).collect::<Vec<_>>(),
            [vec!["90.0", "270.0"], vec!["180.0"], vec![]]
        );
        assert_eq!(chart.ticks[0].x, "110.0");
        assert_eq!(chart.bars[0].parts[1].x, "200.0", "one stands behind the other");
        let totals: Vec<&str> = chart.table.iter().map(|row| row.total.as_str()).collect();
        assert_eq!(totals, ["40", "20", "0"]);
    }
}
