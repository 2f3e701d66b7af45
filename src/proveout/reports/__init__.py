"""What people read after a run: the Allure report."""
