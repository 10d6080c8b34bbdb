// What Emoji World is made of: one line a group. An entry reads
//
//   name                  the icon has the concept's own name
//   name=icon             the artists call it something else
//   name=icon/fx          and fxemoji, which runs its words together, something else again
//   name=icon/-           fxemoji draws another thing under that name: not taken
//
// Chosen by hand: things that a person names at 40 pixels, one drawing a thing (a cat's face or a whole cat, not
// both), no people, flags, clock faces, arrows, moons, signs or banknotes. Names that would share a word with another
// concept's subject (computer mouse, carousel horse, fried shrimp) are left out, for a caption must tell them apart.

export const ARTISTS = {
  twemoji: 'twemoji',
  noto: 'noto',
  fluent: 'fluent-emoji-flat',
  fxemoji: 'fxemoji',
  emojione: 'emojione',
};

export const GROUPS = {
  animal: `ant, baby chick, bat, bear, bird=bird/-, blowfish, boar=boar/-, caterpillar=bug, butterfly, camel=two-hump-camel/bactriancamel,
    cat=cat-face/cat, chipmunk, cow=cow-face/cowface, crab, crocodile, deer, dog=dog-face/dog, dolphin,
    dove=dove/doveofpeace, dragon=dragon/dragonside, duck, eagle, elephant, sheep=ewe/sheep, fish, fox, frog, goat,
    gorilla, hamster=hamster/hampster, bee=honeybee, horse=horse-face/horseface, koala, ladybug=lady-beetle,
    leopard=leopard/leopardside, lion, lizard, monkey=monkey-face/monkeyface, mouse=mouse-face/mouse, octopus, owl, ox,
    panda=panda/pandaface, penguin, pig=pig-face/pig, rabbit=rabbit-face/bunny, rhinoceros, rooster, scorpion, shark,
    shrimp, snail, snake, spider, squid, tiger=tiger-face/tiger, turkey, turtle, unicorn,
    whale=spouting-whale/spurtingwhale, wolf=wolf/wolfface`,
  plant: `blossom, bouquet=bouquet/bouquetofflowers, cactus, cherry blossom, tree=deciduous-tree, fir tree=evergreen-tree/evergreen,
    fallen leaf=fallen-leaf/fallingleaf, clover=four-leaf-clover, herb, hibiscus, maple leaf, mushroom, palm tree, rose,
    seedling, sunflower, tulip, rice plant=sheaf-of-rice/earofrice`,
  food: `avocado, bacon, baguette=baguette-bread, banana, beer=beer-mug, birthday cake, bread, candy, carrot,
    cheese=cheese-wedge, cherries, chocolate bar, cocktail=cocktail-glass, cookie, fried egg=cooking, croissant,
     doughnut, corn=ear-of-corn/earofmaize, eggplant=eggplant/aubergine, french fries,
    grapes, salad=green-salad, hamburger, coffee=hot-beverage, hot dog, chili pepper=hot-pepper/chilipepper,
    sundae=ice-cream, kiwi=kiwi-fruit, lemon, lollipop, meat=meat-on-bone, melon, pancakes, peach,
     pear, pineapple, pizza=pizza/sliceofpizza, popcorn, potato, chicken leg=poultry-leg, red apple,
    rice ball, ice cream=soft-ice-cream/softicecream, spaghetti, strawberry, sushi, taco, tomato, watermelon,
    wine=wine-glass`,
  object: `backpack=backpack/schoolsatchel, scales=balance-scale, bathtub, bed, bell, bomb,
    books, candle, camera, couch=couch-and-lamp, crown, dress, drum,
    electric plug, flashlight, gear, diamond=gem-stone, glasses, guitar,
    hammer, handbag, hourglass=hourglass-done/hourglass, jeans, key, knife=kitchen-knife/hocho,
    laptop=laptop/personalcomputer, light bulb, lipstick, padlock=locked/lock, magnifying glass=magnifying-glass-tilted-left/leftmagnifyingglass,
    microscope, mobile phone=mobile-phone/cellphone,
     paintbrush=paintbrush/lowerleftpaintbrush, pencil, printer, radio, scissors=scissors/blackscissors,
     shield, t-shirt, telephone=telephone/blacktelephone,
    telescope, television, thermometer, trash can=wastebasket, trumpet, umbrella, vase=amphora, violin,
    wrist watch=watch/watch, wrench`,
  travel: `airplane, ambulance, anchor, bank, bicycle, bridge=bridge-at-night, bullet train=bullet-train/highspeedtrainbulletnose,
    bus, cable car=aerial-tramway, canoe=canoe/-, car=automobile, castle=castle/europeancastle, church,
    circus tent, desert, desert island, factory, ferris wheel, fire engine, fountain, fuel pump,
    helicopter, hospital, house=house/housebuilding, locomotive=locomotive/steamlocomotive,
    moai=moai/moyai, mosque, motor scooter, mountain=snow-capped-mountain/snowmountains,
    office building, police car, race car=racing-car/racecar, rocket, sailboat, satellite,
    satellite dish=satellite-antenna/satelliteantenna, school, kick scooter, ship, stadium,
    statue of liberty, taxi, tent, tower=tokyo-tower/toykotower, tractor,
    traffic light=vertical-traffic-light, train=train, truck=articulated-lorry, volcano`,
};

/** The entries of one group as {name, icon, fx}. */
export function entriesOf(group) {
  return GROUPS[group].split(',').map((entry) => {
    const [name, icons = ''] = entry.trim().replace(/\s+/g, ' ').split('=');
    const [icon = '', fx = ''] = icons.split('/');
    const own = icon || name.replaceAll(' ', '-');
    return {name, icon: own, fx: fx || own.replaceAll('-', '')};
  });
}
