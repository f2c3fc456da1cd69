struct Uniforms {
    view_proj: mat4x4<f32>,
    model: mat4x4<f32>,
    // viewport width and height, size of a point, all in pixels; what colors it: 0 height, 1 range, 2 a value
    params: vec4<f32>,
    // the values at both ends of the color scale
    range: vec4<f32>,
};
@group(0) @binding(0) var<uniform> u: Uniforms;

struct Point {
    @builtin(position) pos: vec4<f32>,
    @location(0) color: vec4<f32>,
};

// The turbo color map of Mikhailov (2019), polynomial by its author (Apache-2.0).
fn turbo(x: f32) -> vec3<f32> {
    let v4 = vec4<f32>(1.0, x, x * x, x * x * x);
    let v2 = v4.zw * v4.z;
    return vec3<f32>(
        dot(v4, vec4<f32>(0.13572138, 4.61539260, -42.66032258, 132.13108234)) + dot(v2, vec2<f32>(-152.94239396, 59.28637943)),
        dot(v4, vec4<f32>(0.09140261, 2.19418839, 4.84296658, -14.18503333)) + dot(v2, vec2<f32>(4.27729857, 2.82956604)),
        dot(v4, vec4<f32>(0.10667330, 12.64194608, -60.58204836, 110.36276771)) + dot(v2, vec2<f32>(-89.90310912, 27.34824973)),
    );
}

@vertex
fn vs_point(
    @builtin(vertex_index) vi: u32,
    @location(0) p: vec3<f32>,
    @location(1) value: f32,
) -> Point {
    let corner = vec2<f32>(f32(vi & 1u), f32(vi >> 1u)) * 2.0 - 1.0;
    let place = u.model * vec4<f32>(p, 1.0);
    let clip = u.view_proj * place;
    var shown = place.z;
    if (u.params.w == 1.0) { shown = length(p); }
    if (u.params.w == 2.0) { shown = value; }
    let x = clamp((shown - u.range.x) / max(u.range.y - u.range.x, 1e-6), 0.0, 1.0);
    let at = vec4<f32>(clip.xy + corner * u.params.z / u.params.xy * clip.w, clip.zw);
    return Point(at, vec4<f32>(turbo(0.08 + 0.88 * x), 1.0));
}

@fragment
fn fs_point(in: Point) -> @location(0) vec4<f32> {
    return in.color;
}

// The finished picture into the window.
@group(0) @binding(0) var picture: texture_2d<f32>;
@group(0) @binding(1) var how: sampler;

struct Corner {
    @builtin(position) pos: vec4<f32>,
    @location(0) uv: vec2<f32>,
};

@vertex
fn vs_blit(@builtin(vertex_index) vi: u32) -> Corner {
    let uv = vec2<f32>(f32((vi << 1u) & 2u), f32(vi & 2u));
    return Corner(vec4<f32>(uv.x * 2.0 - 1.0, 1.0 - uv.y * 2.0, 0.0, 1.0), uv);
}

@fragment
fn fs_blit(in: Corner) -> @location(0) vec4<f32> {
    return textureSample(picture, how, in.uv);
}
