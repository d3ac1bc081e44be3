/** The things a picture can show, and the words that call for them. */

import { BIRD, CAT, DOG, FISH, FOX, RABBIT } from "./figures/animals.ts";
import { CASTLE, HOUSE, LIGHTHOUSE, PAGODA } from "./figures/buildings.ts";
import type { Figure } from "./figures/figure.ts";
import { MAN, ROBOT, WOMAN } from "./figures/people.ts";
import { FLOWER, TREE } from "./figures/plants.ts";
import { BOAT, CAR, ROCKET } from "./figures/vehicles.ts";
import { type HueName, readHues } from "./hues.ts";
import type { Shape } from "./lands.ts";
import { namedInOrder } from "./words.ts";

/** A thing the prompt names, with the colour it gives it. */
export interface Subject {
  readonly figure: Figure;
  readonly hue?: HueName;
  /** Lands it is at home in. */
  readonly lands: readonly Shape[];
  readonly isPerson: boolean;
}

/** More would crowd the picture. */
const MOST_SUBJECTS = 3;

/** What the text names, as it comes. */
export function readSubjects(text: string): Subject[] {
  const hues = readHues(text);
  let free = 0; // where the words begin that tell of no earlier thing
  return namedInOrder(text, SUBJECT_WORDS).slice(0, MOST_SUBJECTS).map(({ name, start, end }) => {
    const own = hues.findLast((hue) =>
      hue.start >= free && hue.end <= start && start - hue.end <= FURTHEST_HUE
    );
    free = end;
    const { figure, lands = [], isPerson = false }: Entry = SUBJECTS[name];
    return { figure, lands, isPerson, hue: own?.name };
  });
}

/** In letters: "red little car" is a red car still. */
const FURTHEST_HUE = 10;

interface Entry {
  readonly figure: Figure;
  readonly lands?: readonly Shape[];
  readonly isPerson?: boolean;
}

const SUBJECTS = {
  lighthouse: { figure: LIGHTHOUSE, lands: ["sea"] },
  castle: { figure: CASTLE, lands: ["hills", "mountains"] },
  temple: { figure: PAGODA, lands: ["mountains"] },
  house: { figure: HOUSE, lands: ["hills"] },
  cat: { figure: CAT },
  fox: { figure: FOX, lands: ["forest", "hills"] },
  dog: { figure: DOG, lands: ["hills", "garden"] },
  rabbit: { figure: RABBIT, lands: ["garden", "hills"] },
  bird: { figure: BIRD, lands: ["hills", "sea", "mountains"] },
  fish: { figure: FISH, lands: ["sea"] },
  tree: { figure: TREE, lands: ["hills"] },
  flower: { figure: FLOWER, lands: ["garden"] },
  woman: { figure: WOMAN, lands: ["hills", "garden"], isPerson: true },
  man: { figure: MAN, lands: ["hills", "mountains"], isPerson: true },
  robot: { figure: ROBOT, lands: ["city"] },
  rocket: { figure: ROCKET, lands: ["planets"] },
  car: { figure: CAR, lands: ["dunes", "hills", "city"] },
  boat: { figure: BOAT, lands: ["sea"] },
} as const satisfies Record<string, Entry>;

const SUBJECT_WORDS: Readonly<Record<keyof typeof SUBJECTS, RegExp>> = {
  lighthouse: /lighthouse|灯塔/u,
  castle: /castle|palace|fortress|城堡|宫殿|古堡|🏰/u,
  temple: /temple|pagoda|shrine|monastery|寺|(?<!灯|铁|金字)塔|庙/u,
  house: /\bhouses?\b|cottage|cabin|\bhome\b|\bhut\b|\bvillage|房|屋|村|🏠/u,
  cat: /\bcats?\b|kitten|kitty|猫|🐱|🐈/u,
  fox: /\bfox(es)?\b|狐|🦊/u,
  dog: /\bdogs?\b|pupp(y|ies)|\bcorgi|husky|狗|犬|🐶|🐕/u,
  rabbit: /rabbit|bunny|bunnies|\bhares?\b|兔|🐰|🐇/u,
  bird:
    /\bbird\b|\beagle|\bhawk|\bowl\b|parrot|swallow|\bcrow\b|\bdove|phoenix|(?<!群|候)鸟(?!群)|鹰|燕|鸽|🐦/u,
  fish: /(?<!jelly|star)fish\b|\bkoi\b|salmon|dolphin|鱼|🐟|🐠/u,
  tree: /\btree\b|\boak\b|树(?!林|木|叶)|🌳/u,
  flower:
    /\b(flower|rose|tulip|sunflower|lotus|daisy|lily|peony)\b(?! (garden|field|meadow|bed))|(?<!雪|烟|火|浪|樱|桃|梅|棉)花(?!园|海|田|瓣|丛|猫)|玫瑰|🌹|🌻|🌸/u,
  woman:
    /\b(girl|woman|women|lady|princess|queen|ballerina|geisha|mother)\b|女|少女|姑娘|公主|妈妈|👧|👩/u,
  man:
    /\b(person|people|man|men|boy|kid|child|traveller|traveler|wanderer|hiker|detective|wizard|father|king|monk|samurai|knight|someone)\b|(?<!机器|机械|雪|女|妇|夫|美)人(?!工|类|间|参)|男|老翁|(?<!女)孩|少年|旅者|👦|👨/u,
  robot: /robot|android|\bmech\b|机器人|机械人|机甲|🤖/u,
  rocket: /rocket|spaceship|spacecraft|火箭|飞船|🚀/u,
  car: /\bcars?\b|\btaxi\b|automobile|convertible|(?<!火|列|电|自行|摩托|风|水)车|🚗/u,
  boat: /\bboats?\b|\bships?\b|sail|yacht|(?<!飞)船|舟|帆|⛵/u,
};
