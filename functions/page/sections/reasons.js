// Translations of the reasons of rejections. A code without one is shown in the service's words.

import { getLanguage } from "../text.js";

// By code. If the service's reason has numbers or names, `pattern` reads them and `template` takes
// them as {0}, {1}…; `text` is for a reason that the pattern does not match.
const REASONS = {
  es: {
    wrong_field_count: { text: "no tiene tantos campos como la cabecera",
      pattern: /^(\d+) fields expected, (\d+) found$/, template: "se esperaban {0} campos y hay {1}" },
    missing_value: { text: "falta la fecha, la media o la desviación",
      pattern: /^the (date|mean|deviation) is missing$/, template: "falta {0}" },
    bad_date: { text: "la fecha debe escribirse como 2022/12/1, 2022-12-01 o 01/12/2022" },
    not_midnight: { text: "una lectura lleva fecha sin hora; solo se admite la medianoche" },
    two_digit_year: { text: "el año necesita cuatro cifras" },
    serial_date: { text: "un número solo es una fecha de Excel si lo son todas las fechas del fichero" },
    impossible_date: { text: "ese día no existe en el calendario" },
    month_first_date: { text: "ese día no existe; ¿está el mes delante del día?" },
    date_out_of_range: { text: "el año está fuera de lo admitido",
      pattern: /^the year must be (\d+) to (\d+)$/, template: "el año debe estar entre {0} y {1}" },
    not_a_number: { text: "la media o la desviación no es un número",
      pattern: /^the (mean|deviation) is not a number$/, template: "{0} no es un número" },
    negative_deviation: { text: "una desviación típica no puede ser negativa" },
    unclosed_quote: { text: "las comillas de la línea no casan" },
    line_too_long: { text: "la línea es demasiado larga para ser una lectura" },
    empty_file: { text: "el fichero está vacío" },
    no_header: { text: "la primera línea debe ser la cabecera Fecha,Medias,Desviaciones",
      pattern: /^the first line must be .*?\(date: (.*?); mean: (.*?); deviation: (.*?)\); it is '(.*)'(?:, where one column .*)?$/s,
      template: "la primera línea debe ser la cabecera Fecha,Medias,Desviaciones o tener otros nombres de las columnas "
        + "(fecha: {0}; media: {1}; desviación: {2}), y es «{3}»" },
    other_unit: { text: "la cabecera tiene otra unidad que la serie",
      pattern: /^the header has the unit '(.*)'; (\S+) is in '(.*)'$/s,
      template: "la cabecera tiene la unidad «{0}»; la de {1} es «{2}»" },
    month_first_dates: { text: "las fechas solo tienen sentido con el mes delante; escriba primero el día o el año" },
    zip_file: { text: "es un archivo zip o un libro de Excel (.xlsx); guárdelo como CSV" },
    excel_file: { text: "es un libro de Excel antiguo (.xls); guárdelo como CSV" },
    pdf_file: { text: "es un PDF; los datos tienen que venir en un fichero CSV" },
    binary_file: { text: "no es un fichero de texto; hace falta un fichero CSV" },
    damaged_gzip: { text: "el fichero gzip está dañado o incompleto" },
    too_large: { text: "el fichero es demasiado grande",
      pattern: /^the file is larger than ([\d,]+) bytes$/, template: "el fichero ocupa más de {0} bytes" },
    too_many_rows: { text: "el fichero tiene demasiadas líneas",
      pattern: /^the file has more than ([\d,]+) lines$/, template: "el fichero tiene más de {0} líneas" },
    unknown_dataset: { text: "su carpeta no es el nombre de ninguna serie",
      pattern: /^there is no dataset '(.*)'; there is: (.*)$/s, template: "no hay ninguna serie «{0}»; las que hay: {1}" },
  },
};

const NAMES = { es: { date: "la fecha", mean: "la media", deviation: "la desviación" } };

export function describeReason(code, reason) {
  const language = getLanguage();
  const translation = REASONS[language]?.[code];
  if (!translation) return reason ?? code ?? "";
  const match = translation.pattern?.exec(reason ?? "");
  if (!match) return translation.text;
  return translation.template.replace(/\{(\d)\}/g, (_, index) => {
    const part = match[Number(index) + 1];
    return NAMES[language][part] ?? (/^\d[\d,]*$/.test(part) ? part.replaceAll(",", "\u202f") : part);
  });
}
