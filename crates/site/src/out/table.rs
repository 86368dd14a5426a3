//! Aligned columns, with Chinese characters two cells wide.

use unicode_width::UnicodeWidthStr;

use super::words::clean;

/// Cells between two columns.
const GAP: usize = 2;

/// A column's name and side.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    name: &'static str,
    right: bool,
}

/// A column of text.
pub const fn left(name: &'static str) -> Column {
    Column { name, right: false }
}

/// A column of numbers.
pub const fn right(name: &'static str) -> Column {
    Column { name, right: true }
}

/// Rows under names.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// No rows yet.
    pub fn new(columns: &[Column]) -> Table {
        Table { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row; its cells are cleaned of what would move a terminal's cursor.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(N, self.columns.len());
        self.rows.push(cells.iter().map(|cell| clean(cell)).collect());
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The text; each line ends with a line feed and has no spaces before it.
    pub fn text(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|column| column.name.to_owned()).collect();
        let lines = || std::iter::once(&names).chain(&self.rows);
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|index| lines().map(|cells| cells[index].width()).max().unwrap_or(0))
            .collect();
        lines().map(|cells| self.line(cells, &widths)).collect()
    }

    fn line(&self, cells: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for ((cell, column), width) in cells.iter().zip(&self.columns).zip(widths) {
            let padding = " ".repeat(width - cell.width());
            if column.right {
                line += &padding;
                line += cell;
            } else {
                line += cell;
                line += &padding;
            }
            line += &" ".repeat(GAP);
        }
        line.truncate(line.trim_end().len());
        line + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stay_aligned_when_cells_mix_chinese_and_latin() {
        let mut table = Table::new(&[left("姓名"), left("unit"), right("人数")]);
        table.row(["欧阳震华".into(), "云川".into(), "7".into()]);
        table.row(["Li".into(), "city bureau".into(), "33226".into()]);
        let text = table.text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "姓名      unit          人数");
        assert_eq!(lines[1], "欧阳震华  云川             7");
        assert_eq!(lines[2], "Li        city bureau  33226");
        let starts = |line: &str, part: &str| line[..line.find(part).unwrap()].width();
        assert_eq!(starts(lines[0], "unit"), starts(lines[1], "云川"));
        assert_eq!(lines[1].width(), lines[2].width());
    }

    #[test]
    fn a_cell_cannot_break_the_table_or_command_the_terminal() {
        let mut table = Table::new(&[left("title")]);
        table.row(["one\ntwo\u{1b}[2J".into()]);
        assert_eq!(table.text(), "title\none two [2J\n");
    }
}
