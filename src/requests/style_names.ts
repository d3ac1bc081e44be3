/** What styles are called in other languages, and by people who do not know their names. */

import { wordTable } from "./word_table.ts";

/** For each name, with "_" between its words, what it is called here; of several, whichever there is. */
const ROWS: readonly (readonly [styles: string, names: string])[] = [
  ["anime", "アニメ 애니메이션 애니 animé"],
  ["cartoon", "カートゥーン 카툰 caricatura dibujos_animados zeichentrick dessin_animé"],
  ["comic_book comic", "comics アメコミ 만화책 cómic bande_dessinée"],
  [
    "photographic realistic",
    "photo photograph photography photorealistic photorealism 照片 写真 実写 사진 foto fotografía " +
    "fotográfico fotografisch fotorealistisch photographie photographique photoréaliste",
  ],
  ["realistic", "realism リアル 사실적 realista realistisch réaliste"],
  ["cinematic", "映画風 シネマティック 영화 cinematográfico filmisch cinématographique"],
  [
    "watercolor",
    "watercolors watercolor_painting 水彩画 수채화 acuarela aquarell aquarelle acquerello",
  ],
  [
    "oil_painting",
    "oil oils 油絵 유화 óleo pintura_al_óleo ölgemälde ölmalerei peinture_à_l'huile",
  ],
  ["chinese_painting", "中国画 중국화 pintura_china chinesische_malerei peinture_chinoise"],
  ["chinese_ink_wash", "ink_wash sumi_e 수묵화 tuschmalerei lavis"],
  [
    "sketch pencil_sketch",
    "pencil pencil_drawing スケッチ 鉛筆画 스케치 boceto skizze croquis esquisse",
  ],
  ["line_art", "line_drawing 線画 线稿 선화 strichzeichnung dessin_au_trait"],
  ["pixel_art", "pixel pixels ドット絵 ピクセルアート 픽셀_아트 픽셀아트 도트 pixelkunst"],
  ["cyberpunk", "サイバーパンク 사이버펑크 ciberpunk"],
  [
    "minimalist",
    "minimal minimalism 极简主义 简约 ミニマル 미니멀 minimalista minimalistisch minimaliste",
  ],
  ["digital_art", "デジタルアート 디지털_아트 arte_digital digitale_kunst art_numérique"],
  ["fantasy_art", "fantasy ファンタジー 판타지 fantasía fantastique"],
  ["sci_fi science_fiction_concept_art", "science_fiction scifi ciencia_ficción SF 공상과학"],
  ["3d_model 3d_rendering", "3d 3d_render 3dレンダリング 3d_렌더링"],
  ["low_poly", "ローポリ 로우폴리"],
  ["isometric", "アイソメトリック 아이소메트릭 isométrico isometrisch isométrique"],
  ["origami", "折り紙 종이접기 papiroflexia"],
  ["flat_illustration", "flat flat_design フラット 플랫"],
  ["children's_picture_book", "picture_book 絵本 그림책 kinderbuch livre_pour_enfants"],
  ["mosaic", "モザイク 모자이크 mosaico mosaik mosaïque"],
  ["monet", "モネ 모네"],
  ["picasso", "ピカソ 피카소"],
  ["vivid", "ビビッド 선명한 vívido lebhaft"],
  ["natural", "ナチュラル 자연스러운 naturel natürlich"],
];

/** The names or ids of styles by each of those, in lower case, with "_" between words. */
export const OTHER_NAMES: ReadonlyMap<string, readonly string[]> = wordTable(
  ROWS.map(([styles, names]) => [styles.split(" "), names.toLowerCase()]),
);
