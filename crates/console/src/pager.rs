//! The pages of a long list.

use crate::format;

/// Links to pages before and after the one that is shown.
pub(crate) struct Pager {
    /// The first row shown, from 1; 0 for an empty list.
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// Rows on all pages, as it is shown.
    pub(crate) total: String,
    pub(crate) previous: Option<String>,
    pub(crate) next: Option<String>,
    pub(crate) page: u32,
    pub(crate) pages: u64,
}

impl Pager {
    /// Page `page`, from 1, of a list at `path` with this query.
    pub(crate) fn new(path: &str, query: &[(&str, &str)], page: u32, rows: u32, total: u64) -> Pager {
        let pages = total.div_ceil(u64::from(rows)).max(1);
        let before = u64::from(page - 1) * u64::from(rows);
        let link = |page: u32| {
            let mut encoded = form_urlencoded::Serializer::for_suffix(format!("{path}?"), path.len() + 1);
            for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
                encoded.append_pair(name, value);
            }
            encoded.append_pair("page", &page.to_string()).finish()
        };
        Pager {
            first: if before < total { before + 1 } else { 0 },
            last: total.min(before + u64::from(rows)),
            total: format::count(total),
            previous: (page > 1).then(|| link(page - 1)),
            next: (u64::from(page) < pages).then(|| link(page + 1)),
            page,
            pages,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_a_list_have_no_further_page() {
        let pager = |page, total| Pager::new("/people", &[("q", "王 强"), ("unit", "")], page, 25, total);
        let middle = pager(2, 60);
        assert_eq!((middle.first, middle.last, middle.pages), (26, 50, 3));
        assert_eq!(middle.previous.unwrap(), "/people?q=%E7%8E%8B+%E5%BC%BA&page=1");
        assert_eq!(middle.next.unwrap(), "/people?q=%E7%8E%8B+%E5%BC%BA&page=3");
        let last = pager(3, 60);
        assert_eq!((last.first, last.last), (51, 60));
        assert!(last.next.is_none());
        let empty = pager(1, 0);
        assert_eq!((empty.first, empty.last, empty.pages), (0, 0, 1));
        assert!(empty.previous.is_none() && empty.next.is_none());
    }
}
