"""English as an international company writes it: the year first and always there, 24 hours."""

DATE_FORMAT = "Y-m-d"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "Y-m-d H:i"
YEAR_MONTH_FORMAT = "Y-m"
MONTH_DAY_FORMAT = "Y-m-d"
SHORT_DATE_FORMAT = "Y-m-d"
SHORT_DATETIME_FORMAT = "Y-m-d H:i:s"
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%Y/%m/%d"]
TIME_INPUT_FORMATS = ["%H:%M", "%H:%M:%S"]
DATETIME_INPUT_FORMATS = [
    f"{date}{between}{time}" for date in DATE_INPUT_FORMATS for between in " T" for time in TIME_INPUT_FORMATS
]
FIRST_DAY_OF_WEEK = 1
NUMBER_GROUPING = 3
THOUSAND_SEPARATOR = ","
