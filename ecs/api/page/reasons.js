// The service's codes in the visitor's language: why a file or a line was refused, what looks wrong.
// The service itself says it in English; a code that is unknown here is told in its words.

import { FLAGS } from "./registry.js";
import { currentLanguage } from "./text.js";

// By code, what it means. Where the service's sentence has numbers or names in it, `found` takes
// them out of it for `with`, in which {0}, {1}… stand for them.
export const REASONS = {
  es: {
    wrong_field_count: { text: "no tiene tantos campos como la cabecera",
      found: /^(\d+) fields expected, (\d+) found$/, with: "se esperaban {0} campos y hay {1}" },
    missing_value: { text: "falta la fecha, la media o la desviación",
      found: /^the (date|mean|deviation) is missing$/, with: "falta {0}" },
    bad_date: { text: "la fecha debe escribirse como 2022/12/1, 2022-12-01 o 01/12/2022" },
    impossible_date: { text: "ese día no existe en el calendario" },
    month_first_date: { text: "ese día no existe; ¿está el mes delante del día?" },
    date_out_of_range: { text: "el año está fuera de lo admitido",
      found: /^the year must be (\d+) to (\d+)$/, with: "el año debe estar entre {0} y {1}" },
    not_a_number: { text: "la media o la desviación no es un número",
      found: /^the (mean|deviation) is not a number$/, with: "{0} no es un número" },
    negative_deviation: { text: "una desviación típica no puede ser negativa" },
    unclosed_quote: { text: "las comillas de la línea no casan" },
    line_too_long: { text: "la línea es demasiado larga para ser una lectura" },
    empty_file: { text: "el fichero está vacío" },
    no_header: { text: "la primera línea debe ser la cabecera Fecha,Medias,Desviaciones",
      found: /^the first line must be .*?; it is '(.*)'(?:, where one column .*)?$/s,
      with: "la primera línea debe ser la cabecera Fecha,Medias,Desviaciones, y es «{0}»" },
    month_first_dates: { text: "las fechas solo tienen sentido con el mes delante; escriba primero el día o el año" },
    zip_file: { text: "es un archivo zip o un libro de Excel (.xlsx); guárdelo como CSV" },
    excel_file: { text: "es un libro de Excel antiguo (.xls); guárdelo como CSV" },
    pdf_file: { text: "es un PDF; los datos tienen que venir en un fichero CSV" },
    binary_file: { text: "no es un fichero de texto; hace falta un fichero CSV" },
    damaged_gzip: { text: "el fichero gzip está dañado o incompleto" },
    too_large: { text: "el fichero es demasiado grande",
      found: /^the file is larger than ([\d,]+) bytes$/, with: "el fichero ocupa más de {0} bytes" },
    too_many_rows: { text: "el fichero tiene demasiadas líneas",
      found: /^the file has more than ([\d,]+) lines$/, with: "el fichero tiene más de {0} líneas" },
    unknown_dataset: { text: "su carpeta no es el nombre de ninguna serie",
      found: /^there is no dataset '(.*)'; there is: (.*)$/s, with: "no hay ninguna serie «{0}»; las que hay: {1}" },
  },
};

const NAMES = { es: { date: "la fecha", mean: "la media", deviation: "la desviación" } };

export function reason(code, said) {
  const language = currentLanguage();
  const known = REASONS[language]?.[code];
  if (!known) return said ?? code ?? "";
  const parts = known.found?.exec(said ?? "");
  if (!parts) return known.text;
  return known.with.replace(/\{(\d)\}/g, (_, index) => {
    const part = parts[Number(index) + 1];
    return NAMES[language][part] ?? (/^\d[\d,]*$/.test(part) ? part.replaceAll(",", "\u202f") : part);
  });
}

// 'spike:suspect' as people say it; with a name that is unknown, as it is.
export const flag = (name) => {
  const [test, verdict] = name.split(":").map((part) => FLAGS[currentLanguage()][part] ?? part);
  return verdict ? `${test} (${verdict})` : test;
};
export const flags = (names) => names.map(flag).join(", ");

// What a dataset's table (functions/datasets.toml) says in English alone, where it says the usual.
const DATA = {
  es: [
    [/^not stated\b.*ask before/i, "no indicada por quien facilita los datos; pregunte antes de volver a publicar las lecturas"],
    [/^not stated/i, "no consta"],
    [/^Weekly survey of the Mar Menor \(Murcia, Spain\): mean and standard deviation over its stations$/,
      "muestreo semanal del Mar Menor (Murcia): media y desviación típica de sus estaciones"],
  ],
};

// The text in the visitor's language, null where there is none.
export const translated = (said) =>
  (currentLanguage() === "en" ? said : DATA[currentLanguage()].find(([known]) => known.test(said))?.[1] ?? null);
