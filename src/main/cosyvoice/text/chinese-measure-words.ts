/** Words that 2 is said 两 before; months, days and storeys are counted 二. */
export const MEASURE_WORDS =
  '个只条张本件位名人年天周秒次种倍层家间辆台座棵头匹双对套份杯瓶碗盘块片段篇首句声场届把支枝颗粒滴组批项点米公里千克吨升元美欧岁小分钟英平立毫厘刻亿万千' +
  '個隻條張種層間輛臺頭雙對塊聲場屆顆組項點噸歲鐘釐億萬'
/** Words that are counted in other ways though they begin with a measure word. */
export const NO_MEASURE = '(?!年[级級]|分之|[点點]\\d(?![\\d分]))'
