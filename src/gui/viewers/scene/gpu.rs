//! Points on the graphics card: the recording's own arrays are uploaded as they are, colors are made there.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui_wgpu::{CallbackResources, CallbackTrait, ScreenDescriptor, wgpu};
use glam::Mat4;
use wgpu::util::DeviceExt as _;

use crate::data::geometry::points::PointCloud;

const DEPTH: wgpu::TextureFormat = wgpu::TextureFormat::Depth32Float;
const COLOR: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;
/// Two matrices and two vectors.
const UNIFORM_FLOATS: usize = 40;

/// Source of a point's color.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::gui) enum Shade {
    Height,
    Range,
    /// A value of the recording, by its name.
    Field(String),
}

/// One cloud to draw.
#[derive(Clone)]
pub(in crate::gui) struct Layer {
    /// Tells clouds apart; one that was drawn before is not uploaded again.
    pub(in crate::gui) version: u64,
    pub(in crate::gui) cloud: Arc<PointCloud>,
    /// From the cloud's frame to that of the scene.
    pub(in crate::gui) model: Mat4,
    /// Values at both ends of the color scale.
    pub(in crate::gui) range: [f32; 2],
}

/// Draw point clouds with depth into an image of its own, then that into the window.
pub(super) struct Points {
    pub(super) layers: Vec<Layer>,
    pub(super) view_proj: Mat4,
    /// Of the place in the window, in pixels.
    pub(super) size: [u32; 2],
    pub(super) point_size: f32,
    pub(super) shade: Shade,
    pub(super) ground: [f32; 3],
    /// Format of the window's own image.
    pub(super) window: wgpu::TextureFormat,
}

struct Target {
    size: [u32; 2],
    color: wgpu::TextureView,
    depth: wgpu::TextureView,
    bind: wgpu::BindGroup,
}

struct Uploaded {
    positions: wgpu::Buffer,
    values: wgpu::Buffer,
    uniforms: wgpu::Buffer,
    bind: wgpu::BindGroup,
    count: u32,
    shade: Shade,
    /// Counts frames, for forgetting what is no longer drawn.
    used: u64,
}

/// Lives with the renderer, keyed by its type.
struct Gpu {
    points: wgpu::RenderPipeline,
    points_layout: wgpu::BindGroupLayout,
    blit: wgpu::RenderPipeline,
    blit_layout: wgpu::BindGroupLayout,
    sampler: wgpu::Sampler,
    target: Option<Target>,
    uploaded: BTreeMap<u64, Uploaded>,
    frame: u64,
}

impl CallbackTrait for Points {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        _screen: &ScreenDescriptor,
        encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        if !resources.contains::<Gpu>() {
            resources.insert(Gpu::new(device, self.window));
        }
        let Some(gpu) = resources.get_mut::<Gpu>() else { return Vec::new() };
        gpu.frame += 1;
        let now = gpu.frame;
        for layer in &self.layers {
            let known = gpu.uploaded.get(&layer.version).is_some_and(|known| known.shade == self.shade);
            if !known && !layer.cloud.positions.is_empty() {
                let fresh = gpu.upload(device, layer, &self.shade);
                gpu.uploaded.insert(layer.version, fresh);
            }
            if let Some(known) = gpu.uploaded.get_mut(&layer.version) {
                known.used = now;
                queue.write_buffer(&known.uniforms, 0, bytemuck::cast_slice(&self.uniforms(layer)));
            }
        }
        gpu.uploaded.retain(|_, known| known.used == now);
        gpu.resize(device, self.size);
        gpu.draw(encoder, self);
        Vec::new()
    }

    fn paint(
        &self,
        _info: egui::PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        resources: &CallbackResources,
    ) {
        let Some((gpu, target)) =
            resources.get::<Gpu>().and_then(|gpu| gpu.target.as_ref().map(|t| (gpu, t)))
        else {
            return;
        };
        pass.set_pipeline(&gpu.blit);
        pass.set_bind_group(0, &target.bind, &[]);
        pass.draw(0..3, 0..1);
    }
}

impl Points {
    fn uniforms(&self, layer: &Layer) -> [f32; UNIFORM_FLOATS] {
        let mut floats = [0.0; UNIFORM_FLOATS];
        let mode = match &self.shade {
            Shade::Height => 0.0,
            Shade::Range => 1.0,
            Shade::Field(name) => {
                if layer.cloud.field(name).is_some() {
                    2.0
                } else {
                    0.0
                }
            }
        };
        let params = [self.size[0] as f32, self.size[1] as f32, self.point_size, mode];
        let all = self.view_proj.to_cols_array().into_iter().chain(layer.model.to_cols_array());
        for (to, from) in floats.iter_mut().zip(all.chain(params).chain(layer.range)) {
            *to = from;
        }
        floats
    }
}

impl Gpu {
    fn new(device: &wgpu::Device, window: wgpu::TextureFormat) -> Self {
        let module = device.create_shader_module(wgpu::include_wgsl!("points.wgsl"));
        let layout = |entries: &[wgpu::BindGroupLayoutEntry]| {
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries })
        };
        let entry =
            |binding, visibility, ty| wgpu::BindGroupLayoutEntry { binding, visibility, ty, count: None };
        let points_layout = layout(&[entry(
            0,
            wgpu::ShaderStages::VERTEX,
            wgpu::BindingType::Buffer {
                ty: wgpu::BufferBindingType::Uniform,
                has_dynamic_offset: false,
                min_binding_size: None,
            },
        )]);
        let blit_layout = layout(&[
            entry(
                0,
                wgpu::ShaderStages::FRAGMENT,
                wgpu::BindingType::Texture {
                    sample_type: wgpu::TextureSampleType::Float { filterable: true },
                    view_dimension: wgpu::TextureViewDimension::D2,
                    multisampled: false,
                },
            ),
            entry(
                1,
                wgpu::ShaderStages::FRAGMENT,
                wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering),
            ),
        ]);
        let depth = wgpu::DepthStencilState {
            format: DEPTH,
            depth_write_enabled: Some(true),
            depth_compare: Some(wgpu::CompareFunction::Less),
            stencil: wgpu::StencilState::default(),
            bias: wgpu::DepthBiasState::default(),
        };
        let position = wgpu::vertex_attr_array![0 => Float32x3];
        let value = wgpu::vertex_attr_array![1 => Float32];
        let instances = |array_stride, attributes| {
            Some(wgpu::VertexBufferLayout {
                array_stride,
                step_mode: wgpu::VertexStepMode::Instance,
                attributes,
            })
        };
        let buffers = [instances(12, &position[..]), instances(4, &value[..])];
        let pipeline = |bind: &wgpu::BindGroupLayout,
                        [vertex, fragment]: [&str; 2],
                        buffers: &[Option<wgpu::VertexBufferLayout<'_>>],
                        depth_stencil,
                        topology,
                        format: wgpu::TextureFormat| {
            let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: None,
                bind_group_layouts: &[Some(bind)],
                immediate_size: 0,
            });
            device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
                label: Some(vertex),
                layout: Some(&layout),
                vertex: wgpu::VertexState {
                    module: &module,
                    entry_point: Some(vertex),
                    compilation_options: wgpu::PipelineCompilationOptions::default(),
                    buffers,
                },
                primitive: wgpu::PrimitiveState { topology, ..Default::default() },
                depth_stencil,
                multisample: wgpu::MultisampleState::default(),
                fragment: Some(wgpu::FragmentState {
                    module: &module,
                    entry_point: Some(fragment),
                    compilation_options: wgpu::PipelineCompilationOptions::default(),
                    targets: &[Some(format.into())],
                }),
                multiview_mask: None,
                cache: None,
            })
        };
        let strip = wgpu::PrimitiveTopology::TriangleStrip;
        let list = wgpu::PrimitiveTopology::TriangleList;
        Self {
            points: pipeline(&points_layout, ["vs_point", "fs_point"], &buffers, Some(depth), strip, COLOR),
            blit: pipeline(&blit_layout, ["vs_blit", "fs_blit"], &[], None, list, window),
            points_layout,
            blit_layout,
            sampler: device.create_sampler(&wgpu::SamplerDescriptor::default()),
            target: None,
            uploaded: BTreeMap::new(),
            frame: 0,
        }
    }

    fn upload(&self, device: &wgpu::Device, layer: &Layer, shade: &Shade) -> Uploaded {
        let buffer = |contents: &[u8], usage| {
            device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
                label: Some("points"),
                contents,
                usage,
            })
        };
        let count = layer.cloud.positions.len();
        let values = if let Shade::Field(name) = shade { layer.cloud.field(name) } else { None };
        let values = match values {
            Some(values) => buffer(bytemuck::cast_slice(values), wgpu::BufferUsages::VERTEX),
            // Nobody reads them, but every point has to have one.
            None => buffer(&vec![0; count * 4], wgpu::BufferUsages::VERTEX),
        };
        let usage = wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST;
        let uniforms = buffer(&[0; UNIFORM_FLOATS * 4], usage);
        let bind = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &self.points_layout,
            entries: &[wgpu::BindGroupEntry { binding: 0, resource: uniforms.as_entire_binding() }],
        });
        Uploaded {
            positions: buffer(bytemuck::cast_slice(&layer.cloud.positions), wgpu::BufferUsages::VERTEX),
            values,
            uniforms,
            bind,
            count: count as u32,
            shade: shade.clone(),
            used: 0,
        }
    }

    fn resize(&mut self, device: &wgpu::Device, size: [u32; 2]) {
        if self.target.as_ref().is_some_and(|target| target.size == size) {
            return;
        }
        let view = |format, usage| {
            let texture = device.create_texture(&wgpu::TextureDescriptor {
                label: Some("points"),
                size: wgpu::Extent3d { width: size[0], height: size[1], depth_or_array_layers: 1 },
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format,
                usage: wgpu::TextureUsages::RENDER_ATTACHMENT | usage,
                view_formats: &[],
            });
            texture.create_view(&wgpu::TextureViewDescriptor::default())
        };
        let color = view(COLOR, wgpu::TextureUsages::TEXTURE_BINDING);
        let depth = view(DEPTH, wgpu::TextureUsages::empty());
        let bind = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &self.blit_layout,
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: wgpu::BindingResource::TextureView(&color) },
                wgpu::BindGroupEntry { binding: 1, resource: wgpu::BindingResource::Sampler(&self.sampler) },
            ],
        });
        self.target = Some(Target { size, color, depth, bind });
    }

    fn draw(&self, encoder: &mut wgpu::CommandEncoder, scene: &Points) {
        let Some(target) = &self.target else { return };
        let [r, g, b] = scene.ground.map(f64::from);
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("points"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &target.color,
                resolve_target: None,
                depth_slice: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color { r, g, b, a: 1.0 }),
                    store: wgpu::StoreOp::Store,
                },
            })],
            depth_stencil_attachment: Some(wgpu::RenderPassDepthStencilAttachment {
                view: &target.depth,
                depth_ops: Some(wgpu::Operations {
                    load: wgpu::LoadOp::Clear(1.0),
                    store: wgpu::StoreOp::Discard,
                }),
                stencil_ops: None,
            }),
            ..Default::default()
        });
        pass.set_pipeline(&self.points);
        for layer in &scene.layers {
            let Some(known) = self.uploaded.get(&layer.version) else { continue };
            pass.set_bind_group(0, &known.bind, &[]);
            pass.set_vertex_buffer(0, known.positions.slice(..));
            pass.set_vertex_buffer(1, known.values.slice(..));
            pass.draw(0..4, 0..known.count);
        }
    }
}
