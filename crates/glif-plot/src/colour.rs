//! Okabe and Ito's colors, distinct for any kind of color vision (Color Universal Design, 2008).

use plotters::style::RGBColor;

/// Color of the main series.
pub const BLUE: RGBColor = RGBColor(0, 114, 178);
/// Color of the series to compare it with.
pub const VERMILION: RGBColor = RGBColor(213, 94, 0);
/// Color of a third series.
pub const GREEN: RGBColor = RGBColor(0, 158, 115);
/// Color of the background: a closed form, an input.
pub const GREY: RGBColor = RGBColor(110, 110, 110);

/// Colors in the order in which series take them.
pub const PALETTE: [RGBColor; 6] =
    [BLUE, VERMILION, GREEN, RGBColor(204, 121, 167), RGBColor(230, 159, 0), RGBColor(86, 180, 233)];
