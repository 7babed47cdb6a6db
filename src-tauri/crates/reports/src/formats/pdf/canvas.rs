//! What is drawn on a page, and its translation into drawing operators.

use std::f32::consts::FRAC_1_SQRT_2;

use printpdf::{
    Color, LinePoint, Op, PaintMode, Point, Polygon, PolygonRing, Pt, Rect, Rgb, TextItem, TextMatrix, WindingOrder,
};

use super::theme::{Ink, WHITE, ink_of};
use super::typeface::Face;
use crate::Tone;

/// Something drawn, in points from the left and the top of whatever holds it.
#[derive(Clone, Debug)]
pub(super) enum Item {
    Text {
        x: f32,
        baseline: f32,
        face: Face,
        size: f32,
        ink: Ink,
        text: String,
    },
    Area {
        x: f32,
        y: f32,
        width: f32,
        height: f32,
        ink: Ink,
    },
    Shape {
        points: Vec<(f32, f32)>,
        ink: Ink,
    },
    /// Rectangles that are filled as one shape, so that neighbours show no seam: left, top, right, bottom of each.
    Mosaic {
        parts: Vec<[f32; 4]>,
        ink: Ink,
    },
    /// Text that climbs from the lower left to the upper right at 45 degrees; begins at its baseline.
    Climbing {
        x: f32,
        y: f32,
        face: Face,
        size: f32,
        ink: Ink,
        text: String,
    },
}

/// Appends the operators for `item`, whose origin lies at (`left`, `top`) of a page of that height.
pub(super) fn draw(item: &Item, left: f32, top: f32, page_height: f32, ops: &mut Vec<Op>) {
    let point = |x: f32, y: f32| Point { x: place(left + x), y: place(page_height - top - y) };
    let corner = |x: f32, y: f32| LinePoint { p: point(x, y), bezier: false };
    match item {
        Item::Text { x, baseline, face, size, ink, text } => {
            let pos = point(*x, *baseline);
            ops.extend([
                Op::StartTextSection,
                fill(*ink),
                Op::SetFont { font: face.handle(), size: Pt(*size) },
                Op::SetTextCursor { pos },
                Op::ShowText { items: vec![TextItem::Text(text.clone())] },
                Op::EndTextSection,
            ]);
        }
        Item::Area { x, y, width, height, ink } => {
            ops.push(fill(*ink));
            ops.push(Op::DrawRectangle {
                rectangle: Rect {
                    x: place(left + x),
                    y: place(page_height - top - y - height),
                    width: place(*width),
                    height: place(*height),
                    mode: Some(PaintMode::Fill),
                    winding_order: None,
                },
            });
        }
        Item::Shape { points, ink } => {
            let rings = vec![PolygonRing { points: points.iter().map(|(x, y)| corner(*x, *y)).collect() }];
            ops.extend([fill(*ink), filled(rings)]);
        }
        Item::Mosaic { parts, ink } => {
            let ring = |[left, top, right, bottom]: &[f32; 4]| PolygonRing {
                points: [(left, top), (right, top), (right, bottom), (left, bottom)]
                    .map(|(x, y)| corner(*x, *y))
                    .to_vec(),
            };
            ops.extend([fill(*ink), filled(parts.iter().map(ring).collect())]);
        }
        Item::Climbing { x, y, face, size, ink, text } => {
            let Point { x, y } = point(*x, *y);
            let turned = FRAC_1_SQRT_2;
            ops.extend([
                Op::StartTextSection,
                fill(*ink),
                Op::SetFont { font: face.handle(), size: Pt(*size) },
                Op::SetTextMatrix { matrix: TextMatrix::Raw([turned, turned, -turned, turned, x.0, y.0]) },
                Op::ShowText { items: vec![TextItem::Text(text.clone())] },
                Op::EndTextSection,
            ]);
        }
    }
}

fn filled(rings: Vec<PolygonRing>) -> Op {
    Op::DrawPolygon { polygon: Polygon { rings, mode: PaintMode::Fill, winding_order: WindingOrder::NonZero } }
}

/// Hundredths of a point: finer than any printer, short in the file, and the same on every system.
fn place(points: f32) -> Pt {
    Pt((points * 100.0).round() / 100.0)
}

fn fill(ink: Ink) -> Op {
    let part = |value: u8| (f32::from(value) / 255.0 * 1000.0).round() / 1000.0;
    Op::SetFillColor { col: Color::Rgb(Rgb { r: part(ink.0), g: part(ink.1), b: part(ink.2), icc_profile: None }) }
}

/// Thirty-two directions of a circle; computed ones would differ in the last digit between systems.
const CIRCLE: [(f32, f32); 32] = {
    const QUARTER: [(f32, f32); 8] = [
        (1.0, 0.0),
        (0.980_785, 0.195_09),
        (0.923_88, 0.382_683),
        (0.831_47, 0.555_57),
        (FRAC_1_SQRT_2, FRAC_1_SQRT_2),
        (0.555_57, 0.831_47),
        (0.382_683, 0.923_88),
        (0.195_09, 0.980_785),
    ];
    let mut points = [(0.0, 0.0); 32];
    let mut at = 0;
    while at < 8 {
        let (x, y) = QUARTER[at];
        points[at] = (x, y);
        points[at + 8] = (-y, x);
        points[at + 16] = (-x, -y);
        points[at + 24] = (y, -x);
        at += 1;
    }
    points
};

/// Draws the sign of a tone into a square. Each has an outline of its own, so it can be told apart without colour.
pub(super) fn mark(tone: Tone, x: f32, y: f32, size: f32, out: &mut Vec<Item>) {
    let ink = ink_of(tone);
    let mut shape = |points: &[(f32, f32)], ink: Ink| {
        let points = points.iter().map(|(px, py)| (x + px * size, y + py * size)).collect();
        out.push(Item::Shape { points, ink });
    };
    let disc = |radius: f32| CIRCLE.map(|(px, py)| (0.5 + radius * px, 0.5 + radius * py));
    let bar =
        |left: f32, top: f32, right: f32, bottom: f32| [(left, top), (right, top), (right, bottom), (left, bottom)];
    match tone {
        Tone::Critical => {
            let octagon = [
                (0.29, 0.0),
                (0.71, 0.0),
                (1.0, 0.29),
                (1.0, 0.71),
                (0.71, 1.0),
                (0.29, 1.0),
                (0.0, 0.71),
                (0.0, 0.29),
            ];
            shape(&octagon, ink);
            shape(&[(0.29, 0.37), (0.37, 0.29), (0.71, 0.63), (0.63, 0.71)], WHITE);
            shape(&[(0.63, 0.29), (0.71, 0.37), (0.37, 0.71), (0.29, 0.63)], WHITE);
        }
        Tone::Major => {
            shape(&[(0.5, 0.04), (1.0, 0.94), (0.0, 0.94)], ink);
            shape(&bar(0.44, 0.36, 0.56, 0.66), WHITE);
            shape(&bar(0.44, 0.73, 0.56, 0.84), WHITE);
        }
        Tone::Minor => {
            shape(&[(0.5, 0.0), (1.0, 0.5), (0.5, 1.0), (0.0, 0.5)], ink);
            shape(&bar(0.44, 0.25, 0.56, 0.57), WHITE);
            shape(&bar(0.44, 0.64, 0.56, 0.75), WHITE);
        }
        Tone::Info => {
            shape(&disc(0.5), ink);
            shape(&bar(0.43, 0.2, 0.57, 0.33), WHITE);
            shape(&bar(0.43, 0.41, 0.57, 0.8), WHITE);
        }
        Tone::Good => {
            shape(&bar(0.02, 0.02, 0.98, 0.98), ink);
            shape(&[(0.2, 0.53), (0.29, 0.44), (0.43, 0.58), (0.72, 0.27), (0.81, 0.36), (0.43, 0.76)], WHITE);
        }
        Tone::Neutral => {
            shape(&disc(0.5), ink);
            shape(&disc(0.37), WHITE);
            shape(&bar(0.27, 0.43, 0.73, 0.57), ink);
        }
    }
}
