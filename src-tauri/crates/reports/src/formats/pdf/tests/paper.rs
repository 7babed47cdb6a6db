//! Tests of the two sizes of paper and of the table of contents.

use super::*;

/// A report of `sections` sections, each somewhat longer than a page.
fn long(sections: usize, is_own_page: bool) -> Document {
    let mut document = Document::new("Integrity report", Cover { is_own_page, ..cover() });
    for section in 1..=sections {
        document.blocks.push(Block::heading(1, format!("Section number {section}")));
        document.blocks.push(Block::Table(Table {
            columns: vec![Column::right("Row", 1.0), Column::left("What", 3.0)],
            rows: (0..45).map(|row| vec![row.to_string(), "said".to_owned()]).collect(),
            ..Table::default()
        }));
    }
    document.carry_ledger_head(12, &"0123456789abcdef".repeat(4));
    document
}

#[test]
fn a_long_report_lists_its_sections_with_the_pages_where_they_begin() {
    for (is_own_page, of_contents) in [(true, 1), (false, 0)] {
        let pdf = render(&long(5, is_own_page), noon()).unwrap();
        assert!(pdf == render(&long(5, is_own_page), noon()).unwrap(), "two renderings differ");
        let file = lopdf::Document::load_mem(&pdf).unwrap();
        let ids: Vec<_> = file.get_pages().into_values().collect();
        let annotations = |page: usize| match file.get_dictionary(ids[page]).unwrap().get(b"Annots") {
            Ok(list) => list.as_array().unwrap().clone(),
            Err(_) => Vec::new(),
        };
        let links = annotations(of_contents);
        assert_eq!(links.len(), 5, "one for each section, on page {}", of_contents + 1);
        let page_of = |destination: &Object| {
            let id = destination.as_array().unwrap()[0].as_reference().unwrap();
            ids.iter().position(|page| *page == id).unwrap() + 1
        };
        let of_links: Vec<usize> = links
            .iter()
            .map(|link| page_of(file.get_dictionary(link.as_reference().unwrap()).unwrap().get(b"Dest").unwrap()))
            .collect();
        let Some(text) = extracted(&pdf) else { return };
        let pages: Vec<&str> = text.split('\u{c}').collect();
        for (section, linked) in (1..=5).zip(of_links) {
            let heading = format!("Section number {section}");
            let begins = pages.iter().rposition(|page| page.contains(&heading)).unwrap() + 1;
            let listed = pages[of_contents].lines().find(|line| line.contains(&heading)).unwrap();
            assert!(listed.trim_end().ends_with(&format!(" {begins}")), "{listed} for page {begins}");
            assert_eq!(linked, begins, "{heading}");
        }
        assert!(pages[of_contents].contains("Contents"));
        assert!(!pages[of_contents].contains("said"), "content begins on a page of its own");
    }
}

#[test]
fn a_short_report_and_one_of_few_sections_list_none() {
    for document in [long(3, true), sample()] {
        let Some(text) = extracted(&render(&document, noon()).unwrap()) else { return };
        assert!(!text.contains("Contents"), "{text}");
    }
}

/// Width and height of the first page.
fn media_box(pdf: &[u8]) -> (f32, f32) {
    let file = lopdf::Document::load_mem(pdf).unwrap();
    let page = file.get_dictionary(*file.get_pages().get(&1).unwrap()).unwrap();
    let edges: Vec<f32> =
        page.get(b"MediaBox").unwrap().as_array().unwrap().iter().map(|edge| edge.as_float().unwrap()).collect();
    assert_eq!(edges[..2], [0.0, 0.0]);
    (edges[2], edges[3])
}

/// 210 x 297 mm are 595.28 x 841.89 points, 8.5 x 11 inches are 612 x 792; a slip of 105 x 148 mm stays one.
#[test]
fn pages_have_the_size_of_the_paper() {
    let handout = |paper| Document::handout("Paper", paper, false);
    for (paper, expected) in [(Paper::A4, (595.28, 841.89)), (Paper::Letter, (612.0, 792.0))] {
        for document in [sample(), handout(Paper::A4)] {
            let (width, height) = media_box(&render_on(paper, &document, noon()).unwrap());
            assert!((width - expected.0).abs() < 0.01 && (height - expected.1).abs() < 0.01, "{width} x {height}");
        }
        let (width, height) = media_box(&render_on(paper, &handout(Paper::A6), noon()).unwrap());
        assert!((width - 297.64).abs() < 0.01 && (height - 419.53).abs() < 0.01, "{width} x {height}");
    }
}

/// Left, top, right and bottom of each word, as another program measures them, with the number of its page from 0.
fn words(pdf: &[u8]) -> Option<Vec<(usize, [f32; 4], String)>> {
    let text = read_by("pdftotext", &["-bbox", "-", "-"], pdf)?;
    let number = |line: &str, name: &str| -> f32 {
        let rest = &line[line.find(name).unwrap() + name.len() + 2..];
        rest[..rest.find('"').unwrap()].parse().unwrap()
    };
    let mut words = Vec::new();
    let mut page = 0;
    for line in text.lines() {
        if line.contains("<page ") {
            page += 1;
        } else if line.contains("<word ") {
            let edges = ["xMin", "yMin", "xMax", "yMax"].map(|name| number(line, name));
            words.push((page - 1, edges, line.to_owned()));
        }
    }
    Some(words)
}

/// A report keeps 54 points free on both sides, and its content ends 72 points above the lower edge.
#[test]
fn no_text_leaves_the_page_of_either_size() {
    for (paper, width, height) in [(Paper::A4, 595.28, 841.89), (Paper::Letter, 612.0, 792.0)] {
        for document in [sample(), long(5, true), long(5, false)] {
            let Some(words) = words(&render_on(paper, &document, noon()).unwrap()) else { return };
            assert!(words.len() > 500);
            for (page, [left, top, right, bottom], line) in words {
                assert!(left > 53.5 && right < width - 53.5, "{paper:?}, page {page}: {line}");
                // The measure of a word includes the room below its letters.
                assert!(top > 30.0 && bottom < height - 36.0, "{paper:?}, page {page}: {line}");
                let is_footer = bottom > height - 60.0;
                assert!(is_footer || bottom < height - 66.0, "{paper:?}, page {page}, in the footer: {line}");
            }
        }
    }
}
