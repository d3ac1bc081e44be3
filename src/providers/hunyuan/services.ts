/**
 * Tencent's actions that change one picture and answer at once (vendor's API reference and SDK of
 * aiart 2022-12-29, read 2026-11-25: not among those that it ended in September 2026).
 */

import { ImageError, oneOf } from "../../errors.ts";
import type { Capabilities, ImageRequest, InputImage, Size } from "../provider.ts";
import type { PictureAction } from "./actions.ts";
import { bytesOf, inputRules } from "./pictures.ts";
import { PICTURE_STYLES, styleNumber } from "./picture_styles.ts";

/** 图像风格化: a picture in one of Tencent's own styles. */
export const STYLE_TRANSFORMATION: PictureAction = {
  action: "ImageToImage",
  capabilities: {
    ...capabilitiesWith(8),
    styles: PICTURE_STYLES,
    sizes: {
      listed: {
        auto: "the shape of the picture that comes in, up to 2000 pixels",
        "768:768": "1:1",
        "768:1024": "3:4",
        "1024:768": "4:3",
      },
      default: "auto",
    },
    maxPromptLength: 256,
    negativePrompt: "native",
    // Over 0: the less, the closer to the picture that comes in; 0.6 to 0.8 is advised.
    strength: { minimum: 0.01, maximum: 1 },
  },
  parameters(request) {
    const { prompt, negativePrompt, style, size, strength } = request;
    const [image] = bytesOf([pictureOf(request, "ImageToImage")]);
    const isShaped = size !== undefined && size !== "auto";
    const number = style === undefined ? undefined : styleNumber(style);
    return {
      ...ANSWER,
      InputImage: image,
      Prompt: prompt,
      ...(negativePrompt ? { NegativePrompt: negativePrompt } : {}),
      ...(number ? { Styles: [number] } : {}),
      ResultConfig: { Resolution: isShaped ? size.replace("x", ":") : "origin" },
      ...(strength === undefined ? {} : { Strength: strength }),
    };
  },
  warnings: ({ style }) =>
    style === undefined
      ? ["Tencent's style transformation draws in the style 'anime' unless another one is named"]
      : [],
};

/** Whether a request, without a model, is for the style transformation: a picture, and a style it has. */
export function isStyleTransformation(request: ImageRequest): boolean {
  const { inputs, style, size, seed, prompt, negativePrompt = "", mask } = request;
  const { sizes, maxPromptLength } = STYLE_TRANSFORMATION.capabilities;
  return inputs.length === 1 && inputs[0]?.role === "base" && !mask && seed === undefined &&
    style !== undefined && styleNumber(style) !== undefined &&
    (size === undefined || size.replace("x", ":") in sizes.listed) &&
    Math.max(prompt.length, negativePrompt.length) <= maxPromptLength;
}

/** 局部消除: takes what the mask marks out of a picture, and closes the gap. */
const ERASING: PictureAction = {
  action: "ImageInpaintingRemoval",
  capabilities: { ...capabilitiesWith(6), mask: "white" },
  parameters(request) {
    const picture = pictureOf(request, "ImageInpaintingRemoval");
    const { mask } = request;
    if (!mask) {
      throw unsuited("ImageInpaintingRemoval takes out what a mask marks: pass a mask", request);
    }
    const [image, grey] = bytesOf([picture, mask]);
    return { ...ANSWER, InputImage: image, Mask: grey };
  },
  warnings: () => ["'ImageInpaintingRemoval' takes no prompt, so it was left out"],
};

const SHAPES: ReadonlyMap<Size, string> = new Map([
  ["1024x1024", "1:1"],
  ["1024x768", "4:3"],
  ["768x1024", "3:4"],
  ["1280x720", "16:9"],
  ["720x1280", "9:16"],
]);

/** 扩图: widens a picture to another shape. */
const WIDENING: PictureAction = {
  action: "ImageOutpainting",
  capabilities: {
    ...capabilitiesWith(6),
    sizes: {
      listed: Object.fromEntries([...SHAPES].map(([size, shape]) => [size, shape])),
      default: "1280x720",
    },
  },
  parameters(request) {
    const picture = pictureOf(request, "ImageOutpainting");
    const shape = SHAPES.get(request.size ?? "1280x720") ?? "";
    const [across = 1, down = 1] = shape.split(":").map(Number);
    if (Math.abs(picture.width / picture.height * down / across - 1) < SAME_SHAPE) {
      throw unsuited(
        `ImageOutpainting widens a picture to another shape, and this one is ${shape} already. ` +
          `Ask for another aspect_ratio: ${oneOf(SHAPES.values())}`,
        request,
      );
    }
    const [image] = bytesOf([picture]);
    return { ...ANSWER, Ratio: shape, InputImage: image };
  },
  warnings: () => ["'ImageOutpainting' takes no prompt, so it was left out"],
};

export const SERVICES: readonly PictureAction[] = [STYLE_TRANSFORMATION, ERASING, WIDENING];

/** An address, which can be fetched again, and no watermark, which is Tencent's default. */
const ANSWER = { RspImgType: "url", LogoAdd: 0 } as const;

/** Shapes that differ by less are one. */
const SAME_SHAPE = 0.01;

function capabilitiesWith(megabytes: number): Capabilities {
  return {
    styles: {},
    sizes: { listed: { auto: "the size of the picture that comes in" }, default: "auto" },
    maxCount: 1,
    maxPromptLength: 8192,
    inputs: inputRules(megabytes, { maxImages: 1, roles: ["base"] }),
    resume: true,
    negativePrompt: "words",
    options: {},
  };
}

function pictureOf(request: ImageRequest, action: string): InputImage {
  const [picture] = request.inputs;
  if (picture) return picture;
  throw unsuited(
    `${action} changes a picture and draws no others. Pass one, or leave 'model' out`,
    request,
  );
}

function unsuited(sentence: string, { model }: ImageRequest): ImageError {
  return new ImageError("invalid_parameters", `Tencent's ${sentence}`, {
    provider: "hunyuan",
    model,
  });
}
