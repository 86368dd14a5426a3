//! Words of the search through everything.

super::texts!(Search {
    title: "搜索" / "Search",
    label: "搜索姓名、编号、单位、支部、文件" / "Search names, numbers, units, branches, documents",
    documents: "文件" / "Documents",
    hint: "输入至少一个字；几个词用空格隔开，同时符合的才列出。"
        / "Type at least one character; of several words with spaces between them all must fit.",
    nothing: "没有找到。换一个词，或少写几个字试试。"
        / "Nothing was found. Try another word, or fewer characters.",
    all: "查看全部" / "Show all",
});
