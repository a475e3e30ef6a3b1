//! The outline of a message by its role: the same shape everywhere, as filled
//! polygons, which rasterise fast by the thousand.

use crate::kernel::Role;
use std::fmt::Write;

/// Half the size of a glyph.
pub const RADIUS: f32 = 5.0;

/// Polygons of one glyph around the origin; with more than one, the inner are
/// holes (`fill-rule: evenodd`).
pub fn outline(role: Role) -> &'static [&'static [(f32, f32)]] {
    match role {
        Role::Request => &[DISC],
        Role::Response => &[DISC, HOLE],
        Role::Command => &[SQUARE],
        Role::Event => &[DIAMOND],
        Role::Record => &[RECTANGLE],
        Role::Batch => &[STACK_BACK, STACK_FRONT],
        Role::Ack => &[TRIANGLE],
        Role::Control => &[HEXAGON],
        Role::Error => &[CROSS],
    }
}

const DISC: &[(f32, f32)] = &[
    (5.0, 0.0), (4.62, 1.91), (3.54, 3.54), (1.91, 4.62), (0.0, 5.0), (-1.91, 4.62), (-3.54, 3.54), (-4.62, 1.91),
    (-5.0, 0.0), (-4.62, -1.91), (-3.54, -3.54), (-1.91, -4.62), (0.0, -5.0), (1.91, -4.62), (3.54, -3.54), (4.62, -1.91),
];
const HOLE: &[(f32, f32)] = &[
    (2.6, 0.0), (1.84, 1.84), (0.0, 2.6), (-1.84, 1.84), (-2.6, 0.0), (-1.84, -1.84), (0.0, -2.6), (1.84, -1.84),
];
const SQUARE: &[(f32, f32)] = &[(-4.4, -4.4), (4.4, -4.4), (4.4, 4.4), (-4.4, 4.4)];
const DIAMOND: &[(f32, f32)] = &[(0.0, -5.8), (5.8, 0.0), (0.0, 5.8), (-5.8, 0.0)];
const RECTANGLE: &[(f32, f32)] = &[(-5.6, -3.4), (5.6, -3.4), (5.6, 3.4), (-5.6, 3.4)];
const STACK_BACK: &[(f32, f32)] = &[(-2.0, -5.6), (6.0, -5.6), (6.0, 2.4), (4.4, 2.4), (4.4, -4.0), (-2.0, -4.0)];
const STACK_FRONT: &[(f32, f32)] = &[(-5.6, -2.6), (3.0, -2.6), (3.0, 5.0), (-5.6, 5.0)];
const TRIANGLE: &[(f32, f32)] = &[(-3.6, -3.6), (4.4, 0.0), (-3.6, 3.6)];
const HEXAGON: &[(f32, f32)] = &[(5.2, 0.0), (2.6, 4.5), (-2.6, 4.5), (-5.2, 0.0), (-2.6, -4.5), (2.6, -4.5)];
const CROSS: &[(f32, f32)] = &[
    (-4.8, -3.2), (-3.2, -4.8), (0.0, -1.6), (3.2, -4.8), (4.8, -3.2), (1.6, 0.0),
    (4.8, 3.2), (3.2, 4.8), (0.0, 1.6), (-3.2, 4.8), (-4.8, 3.2), (-1.6, 0.0),
];

/// Appends a number with one decimal, without the cost of float formatting.
pub fn push_number(text: &mut String, value: f32) {
    let tenths = (value * 10.0) as i32;
    if tenths < 0 {
        text.push('-');
    }
    let tenths = tenths.unsigned_abs();
    let _ = write!(text, "{}", tenths / 10);
    if !tenths.is_multiple_of(10) {
        text.push('.');
        text.push(char::from(b'0' + (tenths % 10) as u8));
    }
}

/// Appends the subpaths of a glyph around a point to the `d` of a path.
pub fn push_outline(d: &mut String, role: Role, x: f32, y: f32, scale: f32) {
    for polygon in outline(role) {
        for (index, (dx, dy)) in polygon.iter().enumerate() {
            d.push(if index == 0 { 'M' } else { 'L' });
            push_number(d, x + dx * scale);
            d.push(' ');
            push_number(d, y + dy * scale);
        }
        d.push('Z');
    }
}

/// The `d` of a glyph around the origin.
pub fn path(role: Role) -> String {
    let mut d = String::new();
    push_outline(&mut d, role, 0.0, 0.0, 1.0);
    d
}

/// The `d` of a cheaper glyph for crowds: eight corners at most.
pub fn push_small(d: &mut String, role: Role, x: f32, y: f32) {
    const OCTAGON: &[(f32, f32)] =
        &[(4.0, 1.6), (1.6, 4.0), (-1.6, 4.0), (-4.0, 1.6), (-4.0, -1.6), (-1.6, -4.0), (1.6, -4.0), (4.0, -1.6)];
    const INNER: &[(f32, f32)] = &[(2.0, 0.0), (0.0, 2.0), (-2.0, 0.0), (0.0, -2.0)];
    let polygons: &[&[(f32, f32)]] = match role {
        Role::Request => &[OCTAGON],
        Role::Response => &[OCTAGON, INNER],
        _ => return push_outline(d, role, x, y, 0.85),
    };
    for polygon in polygons {
        for (index, (dx, dy)) in polygon.iter().enumerate() {
            d.push(if index == 0 { 'M' } else { 'L' });
            push_number(d, x + dx);
            d.push(' ');
            push_number(d, y + dy);
        }
        d.push('Z');
    }
}
