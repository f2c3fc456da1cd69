"""Times OpenCV and albumentations on the transforms of benches/transform_peers.rs: best CPU ms of many rounds, one
thread. Usage: transform_peers.py RAW_RGB WIDTH HEIGHT; prints JSON {transform: {peer: ms}}."""
import json
import math
import sys
import time

import albumentations as A
import cv2
import numpy as np

cv2.setNumThreads(1)
path, W, H = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
img = np.fromfile(path, np.uint8).reshape(H, W, 3)
dst = np.empty_like(img)
cx, cy = (W - 1) / 2, (H - 1) / 2


def about(linear, shift=(0, 0)):
    linear = np.array(linear, float)
    center = np.array([cx, cy])
    return np.hstack([linear, (center - linear @ center + np.array(shift))[:, None]])


def warp(matrix):
    return lambda: cv2.warpAffine(img, matrix, (W, H), dst=dst, flags=cv2.INTER_LINEAR)


def aug(transform):
    transform.p = 1.0
    return lambda: transform(image=img)["image"]


def line(length, degrees):
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1
    kernel = cv2.warpAffine(kernel, cv2.getRotationMatrix2D((length // 2, length // 2), degrees, 1), (length, length))
    return kernel / kernel.sum()


def disk(radius):
    y, x = np.mgrid[-radius:radius + 1, -radius:radius + 1]
    kernel = (x * x + y * y <= radius * radius).astype(np.float32)
    return kernel / kernel.sum()


noise = np.empty(img.shape, np.int16)
mask = np.empty(img.shape, np.uint8)


def gaussian_noise():
    cv2.randn(noise, 0, 20)
    return cv2.add(img, noise, dst=dst, dtype=cv2.CV_8U)


def shot_noise():
    return np.clip(np.random.poisson(img / 255.0 * 60) / 60.0 * 255, 0, 255).astype(np.uint8)


def impulse_noise():
    cv2.randu(mask, 0, 256)
    np.copyto(dst, img)
    dst[mask < 6] = 0
    dst[mask > 249] = 255
    return dst


def jpeg():
    _, data = cv2.imencode(".jpg", img, [cv2.IMWRITE_JPEG_QUALITY, 30])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


def pixelate():
    small = cv2.resize(img, (W // 4, H // 4), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (W, H), interpolation=cv2.INTER_NEAREST)


def elastic():
    a, b = (cv2.GaussianBlur(np.random.rand(H, W).astype(np.float32) * 2 - 1, (0, 0), 5) * 50 for _ in "ab")
    y, x = np.mgrid[0:H, 0:W].astype(np.float32)
    return cv2.remap(img, x + a, y + b, cv2.INTER_LINEAR)


def zoom_blur():
    total = img.astype(np.float32)
    for layer in range(1, 12):
        factor = 1 + 0.21 * layer / 11
        total += cv2.warpAffine(img, about([[factor, 0], [0, factor]]), (W, H))
    return (total / 12).astype(np.uint8)


def saturation():
    gray = cv2.cvtColor(cv2.cvtColor(img, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return cv2.addWeighted(img, 1.5, gray, -0.5, 0, dst=dst)


c, s = math.cos(math.radians(15)), math.sin(math.radians(15))
gain = np.clip(np.rint(np.arange(256) * 1.3), 0, 255).astype(np.uint8)
gamma = np.clip(np.rint((np.arange(256) / 255) ** 2.2 * 255), 0, 255).astype(np.uint8)
TASKS = {
    "brightness": {"opencv": lambda: cv2.add(img, (40, 40, 40, 0), dst=dst), "albumentations": aug(A.RandomBrightnessContrast((0.16, 0.16), (0, 0)))},
    "contrast": {"opencv": lambda: cv2.LUT(img, gain, dst=dst), "albumentations": aug(A.RandomBrightnessContrast((0, 0), (0.3, 0.3)))},
    "gamma": {"opencv": lambda: cv2.LUT(img, gamma, dst=dst), "albumentations": aug(A.RandomGamma((220, 220)))},
    "saturation": {"opencv": saturation},
    "negative": {"opencv": lambda: cv2.bitwise_not(img, dst=dst), "albumentations": aug(A.InvertImg())},
    "channel_order": {"opencv": lambda: cv2.cvtColor(img, cv2.COLOR_RGB2BGR, dst=dst)},
    "translate": {"opencv": warp(np.float64([[1, 0, 37], [0, 1, 21]])), "albumentations": aug(A.Affine(translate_px={"x": 37, "y": 21}))},
    "scale": {"opencv": warp(about([[1.2, 0], [0, 1.2]])), "albumentations": aug(A.Affine(scale=1.2))},
    "shear": {"opencv": warp(about([[1, 0.176], [0, 1]]))},
    "rotate": {"opencv": warp(about([[c, -s], [s, c]])), "albumentations": aug(A.Affine(rotate=15))},
    "mirror": {"opencv": lambda: cv2.flip(img, 1, dst=dst), "albumentations": aug(A.HorizontalFlip())},
    "flip": {"opencv": lambda: cv2.flip(img, 0, dst=dst), "albumentations": aug(A.VerticalFlip())},
    "box_blur": {"opencv": lambda: cv2.blur(img, (9, 9), dst=dst)},
    "gaussian_blur_2": {"opencv": lambda: cv2.GaussianBlur(img, (13, 13), 2, dst=dst)},
    "gaussian_blur_5": {"opencv": lambda: cv2.GaussianBlur(img, (31, 31), 5, dst=dst)},
    "bilateral_blur": {"opencv": lambda: cv2.bilateralFilter(img, 9, 75, 75, dst=dst)},
    "median_blur": {"opencv": lambda: cv2.medianBlur(img, 3, dst=dst)},
    "median_blur_5": {"opencv": lambda: cv2.medianBlur(img, 5, dst=dst)},
    "median_blur_7": {"opencv": lambda: cv2.medianBlur(img, 7, dst=dst)},
    "defocus_blur": {"opencv": lambda: cv2.filter2D(img, -1, disk(4), dst=dst), "albumentations": aug(A.Defocus((4, 4), (0.1, 0.1)))},
    "motion_blur": {"opencv": lambda: cv2.filter2D(img, -1, line(15, 30), dst=dst), "albumentations": aug(A.MotionBlur((15, 15)))},
    "zoom_blur": {"opencv": zoom_blur, "albumentations": aug(A.ZoomBlur((1.21, 1.21), (0.02, 0.02)))},
    "gaussian_noise": {"opencv": gaussian_noise, "albumentations": aug(A.GaussNoise((0.078, 0.078)))},
    "shot_noise": {"numpy": shot_noise, "albumentations": aug(A.ShotNoise((0.1, 0.1)))},
    "impulse_noise": {"opencv": impulse_noise, "albumentations": aug(A.SaltAndPepper((0.05, 0.05)))},
    "fog": {"albumentations": aug(A.RandomFog())},
    "rain": {"albumentations": aug(A.RandomRain())},
    "snow": {"albumentations": aug(A.RandomSnow(method="texture"))},
    "jpeg": {"opencv": jpeg, "albumentations": aug(A.ImageCompression(quality_range=(30, 30)))},
    "pixelate": {"opencv": pixelate},
    "elastic": {"opencv": elastic, "albumentations": aug(A.ElasticTransform(50, 5))},
}


def best(function):
    function()
    times, end = [], time.process_time() + 0.8
    while time.process_time() < end or len(times) < 3:
        begun = time.process_time()
        function()
        times.append(time.process_time() - begun)
    return min(times) * 1e3


found = {name: {peer: best(task) for peer, task in tasks.items()} for name, tasks in TASKS.items()}
print(json.dumps({"versions": {"opencv": cv2.__version__, "albumentations": A.__version__}, "ms": found}))
